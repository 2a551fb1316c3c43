import {
  type InfiniteData,
  type UseInfiniteQueryResult,
  type UseQueryResult,
  useInfiniteQuery,
  useMutation,
  useQuery,
} from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef } from "react";
import type { z } from "zod";
import { actions, type LiveAction, type OutputOf } from "../../../schema/actions.ts";
import { describeError, type RestCall } from "./api.ts";
import type { ActionInput } from "./live-link.ts";
import { OneChange } from "./one-change.ts";
import { useConnected } from "./use-live.ts";
import { useServices, useSpace } from "./workspace.ts";

/**
 * `on`: whether the query runs. `fixed`: the answer to this input never changes, so events refresh nothing.
 */
type Asking = { on?: boolean; fixed?: boolean };
/** What an action answers; an event of its topic asks for it again. */
export function useActionQuery<A extends LiveAction>(
  action: A,
  input: ActionInput<A>,
  { on = true, fixed = false }: Asking = {},
): UseQueryResult<OutputOf<A>> {
  const { live } = useSpace();
  const connected = useConnected();
  return useQuery({
    queryKey: [actions[action].topic, action, input],
    queryFn: () => live.link.call(action, input),
    enabled: on && connected,
    ...(fixed ? { staleTime: "static" as const } : {}),
  });
}

/** An action that answers a page, and where the next one begins. */
type PagedAction = {
  [A in LiveAction]: OutputOf<A> extends { next: string | null }
    ? ActionInput<A> extends { cursor?: string | undefined }
      ? A
      : never
    : never;
}[LiveAction];
export type Pages<T> = { query: UseInfiniteQueryResult<InfiniteData<T>>; pages: readonly T[]; more: () => void };
/** An endless list. An event of its topic loads its pages anew; `more` fetches the next page. */
export function useActionPages<A extends PagedAction>(action: A, input: ActionInput<A>, { on = true }: Asking = {}): Pages<OutputOf<A>> {
  const { live } = useSpace();
  const query = useInfiniteQuery({
    queryKey: [actions[action].topic, action, input, "pages"],
    queryFn: ({ pageParam }) => live.link.call(action, pageParam ? { ...input, cursor: pageParam } : input),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
    enabled: useConnected() && on,
  });
  const more = async () => {
    if (!query.hasNextPage || query.isFetchingNextPage) return;
    if (query.isFetching) await query.refetch({ cancelRefetch: false }); // the refetch first: either would cancel the other
    await query.fetchNextPage({ cancelRefetch: false });
  };
  return { query, pages: query.data?.pages ?? [], more: () => void more() };
}

function useChange<I, T>(send: (input: I, key: string) => Promise<T>) {
  const change = useRef<OneChange<I, T>>(undefined);
  const mutation = useMutation({
    mutationFn: (input: I): Promise<T> => {
      change.current ??= new OneChange();
      return change.current.ask(input, send);
    },
  });
  useEffect(() => {
    if (mutation.isSuccess) change.current?.drawn();
  });
  return mutation;
}
/** An action that changes something. */
export function useAction<A extends LiveAction>(action: A) {
  const { live } = useSpace();
  return useChange((input: ActionInput<A>, key) => live.link.press(action, input, key));
}
/** A change by REST, for what the edge keeps. */
export function useRest<T>(out: z.ZodType<T>) {
  const { api } = useServices();
  return useChange((call: RestCall, key) => api.send(call, out, key));
}

/** A change without input that several places of the page offer. */
export type Mutation = { pending: boolean; error: Error | null; run: () => void; reset: () => void };
export function useMutationOf(change: () => Promise<unknown>): Mutation {
  const { isPending: pending, error, mutate, reset } = useMutation({ mutationFn: change });
  const run = useCallback(() => mutate(), [mutate]);
  return useMemo(() => ({ pending, error, run, reset }), [pending, error, run, reset]);
}

/** A failure in one line. */
export function failureText(error: unknown): string {
  const { code, message } = describeError(error);
  return code === "timeout" ? "No answer in 10 s." : message;
}
