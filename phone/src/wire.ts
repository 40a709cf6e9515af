/** Short names for what goes over the wire; the shapes are made from the server's OpenAPI text (contract.d.ts). */
import type { components } from './contract'

type Schemas = components['schemas']

export type Task = Schemas['TaskOut']
export type Site = Schemas['SiteOut']
export type Lost = Schemas['LostOut']
export type TasksAnswer = Schemas['TasksOut']
export type TokenAnswer = Schemas['TokenOut']
export type QueueAnswer = Schemas['QueueOut']
export type SiteFound = Schemas['SiteFoundOut']
export type StandardAnswer = Schemas['StandardOut']
export type Report = Schemas['ReportIn']
export type ReportPhoto = Schemas['PhotoIn']
export type Fix = Schemas['FixIn']
export type Position = Schemas['PositionIn']
export type Receipt = Schemas['ReceiptOut']
export type Held = Schemas['HeldOut']
export type Part = Schemas['PartOut']
export type Problem = Schemas['ProblemOut']
export type Standard = Schemas['Standard']
export type Section = Standard['sections'][number]
export type Clause = Section['clauses'][number]
export type Ticket = Schemas['TicketOut']
export type TicketPhoto = Schemas['TicketPhotoOut']
export type TicketsAnswer = Schemas['TicketsOut']
export type ActReport = Schemas['ActIn']
export type ActMove = ActReport['move']
export type ActReceipt = Schemas['ActOut']
export type Awaited = Schemas['AwaitedOut']
export type Work = TokenAnswer['work'][number]
export type Grade = 'A' | 'B' | 'C'
export type Missing = 'camera' | 'location' | 'precise_location'
