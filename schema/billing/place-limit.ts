/** Why a task waits while as many agents work as the plan allows. The app has it in its first part. */
export const describePlaceLimit = (most: number): string =>
  `queued for a free place: your plan lets ${most} ${most === 1 ? "agent" : "agents"} work at once`;
