/** Remembers the server's signed time with what this phone's clocks said, so that nobody has to trust them. */
import { remember, RUN } from '../store/settings'

export async function keepNonce(answer: { nonce: string; server_time: string }): Promise<void> {
  await remember('nonce', {
    nonce: answer.nonce,
    serverTime: answer.server_time,
    atNonce: new Date().toISOString(),
    ticks: performance.now(),
    run: RUN,
  })
}
