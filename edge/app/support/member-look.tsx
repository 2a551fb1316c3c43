import { type FormEvent, type ReactNode, useState } from "react";
import type { z } from "zod";
import type { RestCall } from "../live/api.ts";
import { failureText, useRest } from "../live/use-action.ts";
import { Field } from "../ui/form/field.tsx";
import { formatDay, formatTime } from "../ui/format.ts";

export const formatMoment = (at: number) => `${formatDay(at)} ${formatTime(at)}`;

type LookFormProps<T> = {
  title: string;
  /** What is seen, and where the member reads of the look. */
  about: string;
  out: z.ZodType<T>;
  callOf: (body: { account: string; reason: string }) => RestCall;
  show: (look: T) => ReactNode;
  /** Already chosen: the reason is asked first. */
  account?: string;
};
/** Asks for a member and a reason, and shows what there is of them. */
export function LookForm<T>({ title, about, out, callOf, show, account: chosen = "" }: LookFormProps<T>) {
  const [account, setAccount] = useState(chosen);
  const [reason, setReason] = useState("");
  const look = useRest(out);
  const blocked = look.isPending || reason.trim().length < 8 || account.trim().length < 3;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!blocked) look.mutate(callOf({ account: account.trim(), reason: reason.trim() }));
  };
  return (
    <section className="col" aria-label={title} style={{ gap: 8 }}>
      <h2>{title}</h2>
      <p className="s13 sub">{about}</p>
      <form className="col" onSubmit={submit} style={{ gap: 12 }}>
        <Field label="E-mail address or id" value={account} set={setAccount} maxLength={320} />
        <Field label="Reason, at least eight letters" value={reason} set={setReason} maxLength={200} focus={chosen !== ""} />
        <button type="submit" className="btn pri" aria-disabled={blocked}>
          {look.isPending ? "Looking" : "Look"}
        </button>
      </form>
      {look.isError && (
        <p className="s13 c-bad" role="alert">
          {failureText(look.error)}
        </p>
      )}
      {look.data && show(look.data)}
    </section>
  );
}

type Fact = readonly [name: string, value: string | undefined];
/** What is known, line by line; a fact without a value is left out. */
export function FactLines({ label, facts }: { label: string; facts: readonly Fact[] }) {
  return (
    <ul className="rules" aria-label={label}>
      {facts.map(
        ([name, value]) =>
          value !== undefined && (
            <li key={name}>
              <span className="sub">{name}</span>
              <span className="grow rule-what">{value}</span>
            </li>
          ),
      )}
    </ul>
  );
}
