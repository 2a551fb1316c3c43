import { type UseQueryResult, useMutation, useQuery } from "@tanstack/react-query";
import { useRef } from "react";
import type { z } from "zod";
import { newId } from "../../../schema/wire/id.ts";
import { describeError } from "./api.ts";
import { useNow, useServices, useSpace } from "./workspace.ts";

/** What an action answers, asked again when `since` changes: the newest sequence of what it is about. */
export function useActionQuery<T extends object>(
  name: string,
  input: object,
  out: z.ZodType<T>,
  since: number | undefined,
  on = true,
): UseQueryResult<T> {
  const { live } = useSpace();
  const { link } = useNow();
  const asked = JSON.stringify(input);
  return useQuery<T, Error, T, readonly [string, string, number]>({
    queryKey: [name, asked, since ?? 0],
    queryFn: () => live.link.call(name, input, out),
    enabled: on && link.status === "live",
    placeholderData: ((before: T | undefined, query?: { queryKey: readonly unknown[] }) =>
      query?.queryKey[1] === asked ? before : undefined) as never, // its own type refuses a generic T
  });
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
export function useAction<T>(name: string, out: z.ZodType<T>) {
  const { live } = useSpace();
  return useChange((input: object, key) => live.link.call(name, input, out, key));
}
export type Send = { method: "POST" | "PUT" | "DELETE"; path: string; body?: object };
/** The same by REST, for what the edge keeps itself. */
export function useRest<T>(out: z.ZodType<T>) {
  const { api } = useServices();
  return useChange(({ method, path, body }: Send, key) => api.send(method, path, out, body, key));
}

/** A failure as one line: what happened. What to do stands beside it. */
export function failure(error: unknown): string {
  const { code, message } = describeError(error);
  return code === "timeout" ? "No answer in 10 s." : message;
}
