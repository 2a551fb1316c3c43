/** Why a task waits while as many agents work as the plan allows. The app has it in its first part. */
export const describePlaceLimit = (most: number): string => `queued for a free place: the subscription lets ${most} work at once`;
