/** Short words on the screen, and questions before what cannot be undone; shown by Notices.vue. */
import { shallowReactive } from 'vue'
import { NotAPicture } from '../evidence/photo'
import { NoDraft } from '../store/acts'
import { NotADraft, StorageFull } from '../store/visits'

export interface Question {
  title: string
  message: string
  yes: string
  /** What cannot be undone; red. */
  isGrave: boolean
  /** Only to be read: there is nothing to decide. */
  isNews: boolean
  answer: (yes: boolean) => void
}

export const notices = shallowReactive({ said: '', question: null as Question | null })

const READ_WITHIN = 3_000
let fading: ReturnType<typeof setTimeout> | undefined

export function say(message: string): void {
  notices.said = message
  clearTimeout(fading)
  fading = setTimeout(() => { notices.said = '' }, READ_WITHIN)
}

export const ask = (title: string, message: string, yes: string, isGrave = false): Promise<boolean> =>
  put({ title, message, yes, isGrave, isNews: false })

/** Say what went wrong with a write: what is kept, what to do. */
export async function sayFault(error: unknown, what: string): Promise<void> {
  await put({ title: `${what}没有保存`, message: reason(error), yes: '知道了', isGrave: false, isNews: true })
}

function put(question: Omit<Question, 'answer'>): Promise<boolean> {
  notices.question?.answer(false)
  return new Promise((resolve) => {
    notices.question = { ...question, answer: (yes) => { notices.question = null; resolve(yes) } }
  })
}

function reason(error: unknown): string {
  if (error instanceof StorageFull) return '手机存储空间已满。之前的内容都在，请先上传或清理手机空间，再做一次。'
  if (error instanceof NotAPicture) return error.message
  if (error instanceof NoDraft) return '这张整改单已经提交，不能再改。'
  if (error instanceof NotADraft) return '这次检查已经提交，不能再改。'
  return `手机没有写入成功（${error instanceof Error ? error.name : String(error)}）。之前的内容都在，请再试一次。`
}
