/** The camera in the page: the firmest way to a photo, because no file can be slipped in. */

export interface Camera {
  stream: MediaStream
  shoot: (view: HTMLVideoElement) => Promise<Blob>
  close: () => void
}

/** Open the back camera; null when the phone has none for us or the person said no. */
export async function openCamera(): Promise<Camera | null> {
  const devices = (navigator as { mediaDevices?: MediaDevices }).mediaDevices
  if (!devices?.getUserMedia) return null
  try {
    const stream = await devices.getUserMedia({
      audio: false, video: { facingMode: { ideal: 'environment' }, width: { ideal: 4032 }, height: { ideal: 3024 } },
    })
    return { stream, shoot: (view) => shoot(stream, view), close: () => { stream.getTracks().forEach((track) => { track.stop() }) } }
  } catch {
    return null
  }
}

interface StillCapture { takePhoto: () => Promise<Blob> }

async function shoot(stream: MediaStream, view: HTMLVideoElement): Promise<Blob> {
  const Still = (window as unknown as { ImageCapture?: new (track: MediaStreamTrack) => StillCapture }).ImageCapture
  const [track] = stream.getVideoTracks()
  if (Still && track) {
    try {
      return await new Still(track).takePhoto()
    } catch {
      // Some cameras give no still picture: the frame on the screen is as good a proof.
    }
  }
  return frame(view)
}

async function frame(view: HTMLVideoElement): Promise<Blob> {
  const canvas = document.createElement('canvas')
  canvas.width = view.videoWidth
  canvas.height = view.videoHeight
  canvas.getContext('2d')?.drawImage(view, 0, 0)
  const packed = await new Promise<Blob | null>((resolve) => { canvas.toBlob(resolve, 'image/jpeg', 0.92) })
  canvas.width = canvas.height = 0
  if (!packed) throw new Error('相机没有给出照片')
  return packed
}
