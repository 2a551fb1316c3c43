import { type UseQueryResult, useQuery, useQueryClient } from "@tanstack/react-query";
import { type RemindersOut, remindersOut } from "../../../schema/reminder/reminder.ts";
import { useServices } from "../live/workspace.ts";

/** The reminder settings on the edge. They are read again on return: another device may have changed them. */
export const remindersKey = ["reminders"];
export function useReminders(): UseQueryResult<RemindersOut> {
  const { api } = useServices();
  return useQuery({ queryKey: remindersKey, queryFn: () => api.get("/reminders", remindersOut), staleTime: 0, refetchOnWindowFocus: true });
}
/** Loads the settings anew after a change. */
export function useRefreshReminders(): () => Promise<void> {
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ queryKey: remindersKey });
}
