import type { StackRecord } from './registry.ts'

/** What every stack knows from its record. */
export class RecordedStack {
  protected readonly record: StackRecord

  constructor(record: StackRecord) {
    this.record = record
  }

  get name(): string {
    return this.record.name
  }
  get dir(): string {
    return this.record.dir
  }
  get digest(): string {
    return this.record.digest
  }
  get origin(): string {
    return this.record.origin
  }
  get replicas(): readonly string[] {
    return this.record.replicas ?? [this.record.origin]
  }
  get env(): Readonly<Record<string, string>> {
    return this.record.env
  }
  get blocklistFile(): string | undefined {
    return this.record.blocklistFile
  }
  get keysDir(): string | undefined {
    return this.record.keysDir
  }
}
