import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { MeOut } from "../../../schema/account/account.ts";
import { useLive } from "../live/use-live.ts";
import { useServices, useSpace } from "../live/workspace.ts";

/** Whether the trial has not begun: it does when its stack is ready for the first time. */
export const isTrialToBegin = ({ subscription }: Pick<MeOut, "subscription">): boolean =>
  subscription?.plan === "trial" && subscription.periodEnd === null;

/**
 * Reads the account again once the stack is ready and the trial begins. The edge hears of it a moment after
 * this page, so it is asked until it says when the trial ends.
 */
export function useTrialBegin(): void {
  const { api } = useServices();
  const { me } = useSpace();
  const queries = useQueryClient();
  const ready = useLive(({ view }) => view.stack?.ready ?? false);
  const begins = ready && isTrialToBegin(me);
  useQuery({
    queryKey: ["trial"],
    queryFn: async () => {
      const now = await api.me();
      queries.setQueryData(["me"], now);
      if (!isTrialToBegin(now)) void queries.invalidateQueries({ queryKey: ["billing"] });
      return now.subscription;
    },
    enabled: begins,
    refetchInterval: 3_000,
  });
}
