import { type UseQueryResult, useQuery, useQueryClient } from "@tanstack/react-query";
import { type RemindersOut, remindersOut } from "../../../schema/reminder/reminder.ts";
import { useServices } from "../live/workspace.ts";

/** How the person is reminded, as the edge keeps it: another device may have changed it, so it is read again when they come back. */
export const queryKey = ["reminders"];
export function useReminders(): UseQueryResult<RemindersOut> {
  const { api } = useServices();
  return useQuery({ queryKey, queryFn: () => api.get("/reminders", remindersOut), staleTime: 0, refetchOnWindowFocus: true });
}
/** What was just changed is then what is shown. */
export function useRefresh(): () => Promise<void> {
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ queryKey });
}
