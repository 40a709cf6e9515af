/** For tests: a server that keeps what a real one keeps, and a network that fails in every way. */
import { vi } from 'vitest'

import { sha256 } from '../store/ids'

export type Fault = 'none' | 'cut before' | 'cut after' | 'portal' | 'error 500' | 'busy 503' | 'slow down 429' | 'half'

interface Call { method: string; path: string; body: string | ArrayBuffer | null; headers: Record<string, string> }

export class FakeServer {
  reports = new Map<string, string>()
  acts = new Map<string, string>()
  photos = new Map<string, Uint8Array>()
  parts = new Map<string, Uint8Array>()
  calls: Call[] = []
  /** The next answers; then `none`. */
  faults: Fault[] = []
  /** Answers instead of the usual one, by path. */
  instead = new Map<string, () => Response>()
  account = 'a1'
  work = ['inspections']
  tickets: object[] = []

  install(): void {
    vi.stubGlobal('fetch', (url: string, options: RequestInit) => this.#take(url.slice('/api'.length), options))
  }

  async #take(path: string, options: RequestInit): Promise<Response> {
    const call: Call = {
      method: options.method ?? 'GET', path, body: (options.body ?? null) as string | ArrayBuffer | null,
      headers: options.headers as Record<string, string>,
    }
    this.calls.push(call)
    const fault = this.faults.shift() ?? 'none'
    if (fault === 'cut before') throw new TypeError('network')
    if (fault === 'portal') return new Response('<html>请登录无线网络</html>', { status: 200 })
    if (fault === 'error 500') return new Response('oops', { status: 500 })
    if (fault === 'busy 503') return json(503, { accepted: false, message: '稍后再试' }, { 'Retry-After': '120' })
    if (fault === 'slow down 429') return json(429, { accepted: false, message: '今天传得太多' }, { 'Retry-After': '600' })
    const answer = this.instead.get(path)?.() ?? (await this.#answer(call, fault === 'half'))
    if (fault === 'cut after' || fault === 'half') throw new TypeError('network')
    return answer
  }

  #answer(call: Call, half: boolean): Response | Promise<Response> {
    if (call.path.startsWith('/inspections/')) return this.#report(call)
    if (call.path.startsWith('/ticket-acts/')) return this.#act(call)
    if (call.path.startsWith('/photos/')) return this.#photo(call, half)
    const now = { server_time: new Date().toISOString(), nonce: 'n', reports: this.reports.size, lost: [] }
    if (call.path === '/queue') return json(200, now)
    if (call.path === '/tasks') return json(200, { ...now, tasks: [], work: this.work, photo_rule: 'never', phrases: [] })
    if (call.path === '/tickets') return json(200, { ...now, tickets: this.tickets })
    if (call.path === '/token') return new Response(null, { status: 204 })
    if (call.path === '/sign-in') return json(200, { ...now, token: 't', account: this.account, name: '甲', post: '检查员', work: this.work })
    return json(404, { accepted: false, message: '没有' })
  }

  async #report(call: Call): Promise<Response> {
    const id = call.path.slice('/inspections/'.length)
    const body = call.body as string
    const known = this.reports.get(id)
    if (known !== undefined && known !== body) return json(409, { accepted: false, id, receipt: 'r', message: '两份都已保存' })
    this.reports.set(id, body)
    const { photos, answers } = JSON.parse(body) as { photos: { sha256: string }[]; answers: object }
    const awaited = photos.map((one) => one.sha256).filter((one) => !this.photos.has(one))
    return json(known === undefined ? 201 : 200, {
      accepted: true, id, receipt: await sha256(id + body), answers: Object.keys(answers).length, photos: photos.length,
      awaited, standing: 'counts', score: '90', server_time: new Date().toISOString(),
    })
  }

  async #act(call: Call): Promise<Response> {
    const id = call.path.slice('/ticket-acts/'.length)
    const body = call.body as string
    const known = this.acts.get(id)
    if (known !== undefined && known !== body) return json(409, { accepted: false, id, message: '这个编号已用于另一次办理' })
    const { photos } = JSON.parse(body) as { photos: { sha256: string }[] }
    const awaited = photos.map((one) => one.sha256).filter((one) => !this.photos.has(one))
    if (awaited.length) return json(202, { accepted: false, id, awaited })
    this.acts.set(id, body)
    return json(200, { accepted: true, id, receipt: await sha256(id + body), state: 'handled', state_words: '待核查', server_time: '' })
  }

  async #photo(call: Call, half: boolean): Promise<Response> {
    const digest = call.path.slice('/photos/'.length)
    let sent = new Uint8Array(call.body as ArrayBuffer)
    const range = /bytes (\d+)-(\d+)\/(\d+)/.exec(call.headers['Content-Range'] ?? '')
    const from = Number(range?.[1] ?? 0)
    const total = Number(range?.[3] ?? sent.length)
    const before = this.parts.get(digest) ?? new Uint8Array()
    if (from !== before.length && range) return json(409, { accepted: false, sha256: digest, arrived: before.length, size: total })
    if (half) sent = sent.slice(0, sent.length / 2)
    const whole = range ? new Uint8Array([...before, ...sent]) : sent
    if (range || !half) this.parts.set(digest, whole)
    if (whole.length < total) return json(202, { accepted: false, sha256: digest, arrived: whole.length, size: total })
    this.parts.delete(digest)
    if ((await sha256(whole.buffer)) !== digest) return json(422, { accepted: false, problems: [] })
    this.photos.set(digest, whole)
    return json(200, { accepted: true, sha256: digest, size: total, width: 1, height: 1 })
  }
}

const json = (status: number, body: object, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(body), { status, headers })
