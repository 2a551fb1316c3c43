import {
  type InfiniteData,
  type UseInfiniteQueryResult,
  type UseQueryResult,
  useInfiniteQuery,
  useMutation,
  useQuery,
} from "@tanstack/react-query";
import { useCallback, useMemo, useRef } from "react";
import type { z } from "zod";
import { newId } from "../../../schema/wire/id.ts";
import { describeError } from "./api.ts";
import { actionTopics } from "./query-topics.ts";
import { useConnected } from "./use-live.ts";
import { useServices, useSpace } from "./workspace.ts";

/** `on`: whether it is asked at all. `fixed`: what has this input never changes, so no event asks for it again. */
type Asking = { on?: boolean; fixed?: boolean };
/** What an action answers; an event of its topic asks for it again. */
export function useActionQuery<T extends object>(
  action: string,
  input: object,
  out: z.ZodType<T>,
  { on = true, fixed = false }: Asking = {},
): UseQueryResult<T> {
  const { live } = useSpace();
  const connected = useConnected();
  return useQuery({
    queryKey: [actionTopics[action], action, input],
    queryFn: () => live.link.call(action, input, out),
    enabled: on && connected,
    ...(fixed ? { staleTime: "static" as const } : {}),
  });
}

export type Pages<T> = { query: UseInfiniteQueryResult<InfiniteData<T>>; pages: readonly T[]; more: () => void };
/** An endless list, page by page. An event of its topic asks for all pages again that are here; `more` fetches the next one. */
export function useActionPages<T extends { next: string | null }>(action: string, input: object, out: z.ZodType<T>): Pages<T> {
  const { live } = useSpace();
  const query = useInfiniteQuery({
    queryKey: [actionTopics[action], action, input, "pages"],
    queryFn: ({ pageParam }) => live.link.call(action, pageParam ? { ...input, cursor: pageParam } : input, out),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
    enabled: useConnected(),
  });
  const more = async () => {
    if (!query.hasNextPage || query.isFetchingNextPage) return;
    if (query.isFetching) await query.refetch({ cancelRefetch: false }); // what is asked again comes first: one would end the other
    await query.fetchNextPage({ cancelRefetch: false });
  };
  return { query, pages: query.data?.pages ?? [], more: () => void more() };
}

/** Tried again with the same input after a failure, it is still the same change; a second click before the page has drawn the first waits for that one's answer. */
function useChange<I, T>(send: (input: I, key: string) => Promise<T>) {
  const last = useRef<{ asked: string; key: string; answer?: Promise<T> | undefined }>({ asked: "", key: "" });
  return useMutation({
    mutationFn: (input: I): Promise<T> => {
      const asked = JSON.stringify(input);
      if (last.current.asked !== asked) last.current = { asked, key: newId("req") };
      const now = last.current;
      now.answer ??= send(input, now.key).finally(() => {
        now.answer = undefined;
      });
      return now.answer;
    },
    onSuccess: () => {
      last.current = { asked: "", key: "" };
    },
  });
}
/** An action that changes something. */
export function useAction<T>(action: string, out: z.ZodType<T>) {
  const { live } = useSpace();
  return useChange((input: object, key) => live.link.call(action, input, out, key));
}
export type Send = { method: "POST" | "PUT" | "DELETE"; path: string; body?: object };
/** The same by REST, for what the edge keeps itself. */
export function useRest<T>(out: z.ZodType<T>) {
  const { api } = useServices();
  return useChange(({ method, path, body }: Send, key) => api.send(method, path, out, body, key));
}

/** A change without input that several places of the page offer and show. */
export type Mutation = { pending: boolean; error: Error | null; run: () => void; reset: () => void };
export function useMutationOf(change: () => Promise<unknown>): Mutation {
  // Without a connection it fails at once and says so; it does not wait for one.
  const { isPending: pending, error, mutate, reset } = useMutation({ mutationFn: change, networkMode: "always" });
  const run = useCallback(() => mutate(), [mutate]);
  return useMemo(() => ({ pending, error, run, reset }), [pending, error, run, reset]);
}

/** A failure as one line: what happened. What to do stands beside it. */
export function failure(error: unknown): string {
  const { code, message } = describeError(error);
  return code === "timeout" ? "No answer in 10 s." : message;
}
