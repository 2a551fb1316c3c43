import type { MeOut } from "../../../../schema/account/account.ts";

/** Whether the trial has not begun: it does when its stack is ready for the first time. */
export const isTrialToBegin = ({ subscription }: Pick<MeOut, "subscription">): boolean =>
  subscription?.plan === "trial" && subscription.periodEnd === null;
