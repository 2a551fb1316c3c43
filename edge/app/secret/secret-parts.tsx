import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import type { z } from "zod";
import { AppError } from "../../../schema/wire/error.ts";
import { removedOut } from "../../../schema/wire/removed.ts";
import type { RestCall } from "../live/api.ts";
import { failureText } from "../live/use-action.ts";
import { useServices } from "../live/workspace.ts";
import { afterPress } from "../ui/after-press.ts";
import { FormEnd } from "../ui/form/form-end.tsx";

/** What a key of a service and a variable of a project share: kept once, never shown again. */

/** `kept` null: the secret is forgotten. */
export type SecretWrite<V extends object> = { name: string; kept: V | null };
type SecretCalls<V> = { keep: (name: string, kept: V) => RestCall; forget: (name: string) => RestCall };
/** Keeps, replaces or forgets a secret. The same change again changes nothing. */
export function useSecretWrite<V extends object>(calls: SecretCalls<V>, view: z.ZodType, queryKey: readonly string[]) {
  const { api } = useServices();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async ({ name, kept }: SecretWrite<V>): Promise<unknown> =>
      kept
        ? api.send(calls.keep(name, kept), view)
        : api.send(calls.forget(name), removedOut).catch((error: unknown) => {
            if (!(error instanceof AppError) || error.code !== "not_found") throw error; // it was forgotten already
          }),
    onSuccess: () => queries.invalidateQueries({ queryKey }),
    gcTime: 0, // no value stays in the page's memory
  });
}
type Write = Pick<ReturnType<typeof useSecretWrite>, "isPending" | "isError" | "error">;

/** The end of a form that keeps one. */
export function SecretFormEnd({ put, replaces, onClose }: { put: Write; replaces: boolean; onClose: () => void }) {
  const press = replaces ? "Replace it" : "Keep it";
  return (
    <FormEnd change={put} unchanged="Nothing was changed; what you wrote is kept here." press={press} busy="Keeping it" onClose={onClose} />
  );
}

type KeptProps = { name: string; about: ReactNode; warning: string | undefined; remove: Write; forget: () => void; replace: () => void };
/** One that is kept. `warning`: what a second press on Remove brings about. */
export function KeptSecretRow({ name, about, warning, remove, forget, replace }: KeptProps) {
  const [sure, setSure] = useState(false);
  const press = () => {
    if (remove.isPending) return;
    if (sure) forget();
    else setSure(true);
  };
  return (
    <li className="wrap">
      <div className="grow">
        <code className="rule-what">{name}</code>
        <p className="s12 sub num">{about}</p>
        {sure && warning && !remove.isPending && <p className="s12">{warning}</p>}
        {remove.isError && (
          <p className="s12 c-bad" role="alert">
            {failureText(remove.error)} It is still kept.
          </p>
        )}
      </div>
      <button type="button" className="btn" aria-label={`Replace ${name}`} onClick={replace}>
        Replace
      </button>
      <button
        type="button"
        className={sure ? "btn bad" : "btn"}
        aria-label={`${sure ? "Really remove" : "Remove"} ${name}`}
        aria-disabled={remove.isPending}
        onClick={press}
        onBlur={() => afterPress(() => setSure(false))}
      >
        {remove.isPending ? "Removing" : sure ? "Really remove" : "Remove"}
      </button>
    </li>
  );
}
