/** Told of each operation from outside, when the module has returned from it. */
export interface VmWatch {
  /** Does what waited for the operation to end (news of queues, HTTP calls), then looks at the module's mistakes. */
  settle(): void;
}
