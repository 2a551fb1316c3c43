/** Why a plan is declined that its agent has made anew. Its own file: the app loads plan.ts late. */
export const replacedReason = "a newer plan takes its place";
