/** Short words on the screen, and questions before what cannot be undone. */
import { showConfirmDialog, showDialog, showToast } from 'vant'
import { NotAPicture } from '../evidence/photo'
import { NotADraft, StorageFull } from '../store/visits'

export const say = (message: string): void => { showToast({ message, duration: 2500, wordBreak: 'break-all' }) }

export async function ask(title: string, message: string, yes: string, isGrave = false): Promise<boolean> {
  try {
    await showConfirmDialog({
      title, message, confirmButtonText: yes, cancelButtonText: '返回', ...(isGrave ? { confirmButtonColor: '#b3261e' } : {}),
    })
    return true
  } catch {
    return false
  }
}

/** Say what went wrong with a write: what is kept, what to do. */
export async function sayFault(error: unknown, what: string): Promise<void> {
  await showDialog({ title: `${what}没有保存`, message: reason(error), confirmButtonText: '知道了' })
}

function reason(error: unknown): string {
  if (error instanceof StorageFull) return '手机存储空间已满。之前的内容都在，请先上传或清理手机空间，再做一次。'
  if (error instanceof NotAPicture) return error.message
  if (error instanceof NotADraft) return '这次检查已经提交，不能再改。'
  return `手机没有写入成功（${error instanceof Error ? error.name : String(error)}）。之前的内容都在，请再试一次。`
}
