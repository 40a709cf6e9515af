/**
 * What the phone keeps. Every write is durable before the page says so.
 *
 * Photos are kept as bytes (ArrayBuffer), not as Blob or File: some browsers lose those after a restart.
 * A new version of the tables is a new `version(n)` below; earlier ones stay, so that old data migrates.
 */
import Dexie, { type Table } from 'dexie'

import type { ActMove, Fix, Grade, Missing, Position, Problem, Report, Standard, Task, Ticket } from '../wire'

/** `draft` being filled in; `waiting` submitted here, not yet there; `sent` safe at the server; `held` safe,
 * but a person must decide; `refused` the server will not have it as it is. */
export type VisitState = 'draft' | 'waiting' | 'sent' | 'held' | 'refused'

export interface SitePlace {
  id: string
  code: string
  name: string
  kind: string
  committee: string
  address: string
  /** Drop-off windows, pairs of HH:MM; visits begun by an older version have none. */
  opening?: string[][]
}

export interface VisitPhoto {
  slot: string
  clause: string
  sha256: string
  grade: Grade
  taken: string
  position: Position | null
}

/** One inspection, from its first touch to its receipt. */
export interface Visit {
  id: string
  account: string
  state: VisitState
  task: string | null
  site: SitePlace
  /** Why a site outside the list is inspected. */
  reason: string
  isRecheck: boolean
  standard: string
  month: string
  started: string
  ended: string | null
  answers: Record<string, string>
  remarks: Record<string, string>
  remark: string
  fixes: Fix[]
  photos: VisitPhoto[]
  missing: Missing[]
  /** The report exactly as it is sent, each time; set when it is submitted. */
  body: string | null
  number: number | null
  submitted: string | null
  tries: number
  nextTry: number
  trouble: string
  problems: Problem[]
  receipt: string | null
  score: string | null
  standing: string | null
  updated: number
}

/** What is done with a ticket on this phone, from its first photo or word to its receipt. */
export interface Act {
  id: string
  account: string
  /** Never `held`: the server makes an act or says why not. */
  state: Exclude<VisitState, 'held'>
  /** The ticket as it was seen. */
  ticket: Ticket
  move: ActMove | null
  words: string
  until: string | null
  photos: VisitPhoto[]
  started: string
  /** The act exactly as it is sent, each time; set when it is submitted. */
  body: string | null
  submitted: string | null
  tries: number
  nextTry: number
  trouble: string
  problems: Problem[]
  receipt: string | null
  /** What became of the ticket, in the server's words. */
  outcome: string
  updated: number
}

/** The bytes of a photo as the camera gave them, until the server has them. */
export interface Original {
  sha256: string
  type: string
  bytes: ArrayBuffer
}

/** A small upright copy with its watermark, for the screen only. */
export interface Copy {
  sha256: string
  bytes: ArrayBuffer
}

/** Where the upload of a photo stands. */
export interface Upload {
  sha256: string
  /** The visit or the act that it belongs to. */
  visit: string
  account: string
  size: number
  arrived: number
  /** 1 while the server does not have it: an index cannot hold true and false. */
  waiting: 0 | 1
  tries: number
  nextTry: number
  trouble: string
}

export interface StoredTask {
  id: string
  account: string
  order: number
  task: Task
}

/** Two people who share a phone may each see a ticket in their own way. */
export interface StoredTicket {
  account: string
  id: string
  order: number
  ticket: Ticket
}

export interface StoredStandard {
  id: string
  standard: Standard
}

export interface Setting {
  key: string
  value: unknown
}

export class PhoneDatabase extends Dexie {
  settings!: Table<Setting, string>
  tasks!: Table<StoredTask, string>
  standards!: Table<StoredStandard, string>
  visits!: Table<Visit, string>
  tickets!: Table<StoredTicket, [string, string]>
  acts!: Table<Act, string>
  originals!: Table<Original, string>
  copies!: Table<Copy, string>
  uploads!: Table<Upload, string>

  constructor(name = 'zerentian') {
    // Durable means on the disk, not on its way there: a battery may die.
    super(name, { chromeTransactionDurability: 'strict' })
    this.version(1).stores({
      settings: 'key',
      tasks: 'id, account',
      standards: 'id',
      visits: 'id, account, state, [account+state], task',
      originals: 'sha256',
      copies: 'sha256',
      uploads: 'sha256, waiting, visit, [account+waiting]',
    })
    this.version(2).stores({
      tickets: '[account+id], account',
      acts: 'id, account, state, [account+state], ticket.id',
    })
  }
}

export const db = new PhoneDatabase()

export type { Report }
