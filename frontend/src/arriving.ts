import type { OverviewReply } from "./replies";
import type { Snapshot } from "./resource";

/** Whether tensors may still come that an overview does not hold yet. */
export function isArriving({ data, error }: Snapshot<OverviewReply>): boolean {
  if (data === null) return error === null;
  return !data.complete && (error === null || error.mayPass);
}
