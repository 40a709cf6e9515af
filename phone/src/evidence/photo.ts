/** A photo as it is kept: the camera's own bytes untouched, and a small upright copy that says where and when. */
import type { Grade } from '../wire'

/** Not a picture that this phone can open. */
export class NotAPicture extends Error {}

export interface Taken {
  bytes: ArrayBuffer
  type: string
  copy: ArrayBuffer
  grade: Grade
}

const LONGEST_SIDE = 1280
const OLD = 120_000

/** Read a file of a camera or gallery. Throws `NotAPicture`. */
export async function readPhoto(file: Blob, grade: Grade, mark: string): Promise<Taken> {
  if (!/^image\//.test(file.type)) throw new NotAPicture('这个文件不是照片')
  const picture = await decode(file)
  try {
    return { bytes: await file.arrayBuffer(), type: file.type, copy: await marked(picture, mark), grade }
  } finally {
    picture.close()
  }
}

/** A file that the camera was asked for but that is not fresh came from the gallery. */
export function gradeOf(asked: Grade, file: { lastModified: number }, now = Date.now()): Grade {
  return asked === 'B' && now - file.lastModified > OLD ? 'C' : asked
}

/** 点位、时刻、岗位, as it stands on the copy. */
export function watermark(place: string, post: string, now = new Date()): string {
  const time = now.toLocaleString('zh-CN', { timeZone: 'Asia/Shanghai', hour12: false, dateStyle: 'short', timeStyle: 'medium' })
  return [place, time, post].filter(Boolean).join(' · ')
}

/** Upright and small at once: the full picture is never held as pixels where the browser can help it. */
async function decode(file: Blob): Promise<ImageBitmap> {
  try {
    const { width, height } = await sizeOf(file)
    const scale = Math.min(1, LONGEST_SIDE / Math.max(width, height))
    return await createImageBitmap(file, {
      imageOrientation: 'from-image', resizeQuality: 'medium',
      resizeWidth: Math.max(1, Math.round(width * scale)), resizeHeight: Math.max(1, Math.round(height * scale)),
    })
  } catch {
    throw new NotAPicture('照片打不开，请重拍一张')
  }
}

/** The upright size, from an image element: that reads the header and turns by EXIF in every browser. */
async function sizeOf(file: Blob): Promise<{ width: number; height: number }> {
  const url = URL.createObjectURL(file)
  try {
    const image = new Image()
    await new Promise((resolve, reject) => {
      image.onload = resolve
      image.onerror = reject
      image.src = url
    })
    return { width: image.naturalWidth, height: image.naturalHeight }
  } finally {
    URL.revokeObjectURL(url)
  }
}

async function marked(picture: ImageBitmap, mark: string): Promise<ArrayBuffer> {
  const canvas = document.createElement('canvas')
  canvas.width = picture.width
  canvas.height = picture.height
  const pen = canvas.getContext('2d')
  if (!pen) throw new NotAPicture('照片打不开，请重拍一张')
  pen.drawImage(picture, 0, 0)
  const size = Math.max(14, Math.round(canvas.width / 42))
  pen.font = `${String(size)}px sans-serif`
  pen.fillStyle = 'rgba(0, 0, 0, 0.55)'
  pen.fillRect(0, canvas.height - size * 2, canvas.width, size * 2)
  pen.fillStyle = '#fff'
  pen.fillText(mark, size * 0.6, canvas.height - size * 0.65, canvas.width - size * 1.2)
  const packed = await new Promise<Blob | null>((resolve) => { canvas.toBlob(resolve, 'image/jpeg', 0.8) })
  canvas.width = canvas.height = 0
  if (!packed) throw new NotAPicture('照片打不开，请重拍一张')
  return packed.arrayBuffer()
}
