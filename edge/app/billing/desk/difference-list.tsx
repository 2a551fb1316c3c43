import { type ComponentProps, type ReactNode, useRef, useState } from "react";
import { auditReason } from "../../../../schema/audit/audit.ts";
import { differenceSettleOut, type PaymentDifference } from "../../../../schema/billing/payment-desk.ts";
import { AppError } from "../../../../schema/wire/error.ts";
import { restCall } from "../../live/api.ts";
import { useRest } from "../../live/use-action.ts";
import { FactLines, formatMoment } from "../../support/member-look.tsx";
import { Field } from "../../ui/form/field.tsx";
import { FormEnd } from "../../ui/form/form-end.tsx";
import { Ring } from "../../ui/ring.tsx";
import { describeDifference } from "./payment-desk-words.ts";

const keyOfDifference = ({ member, kind, invoice }: PaymentDifference) => `${member} ${kind} ${invoice ?? ""}`;
const endWords = {
  settled: "Settled. It comes back if its amounts change.",
  changed: "Nothing was settled: its amounts have changed since you read them. They are read again.",
} as const;

type SectionProps = { differences: readonly PaymentDifference[]; look: (member: string) => void; refetch: () => unknown };
/** What operators look at and settle. The one change is kept here: a row may go while it is under way. */
export function DifferencesSection({ differences, look, refetch }: SectionProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  const [opened, setOpened] = useState<string>();
  const [ended, setEnded] = useState<keyof typeof endWords>();
  const settle = useRest(differenceSettleOut);
  const open = (key: string | undefined) => {
    if (settle.isPending) return;
    settle.reset();
    setEnded(undefined);
    setOpened(key);
  };
  const end = (how: keyof typeof endWords) => {
    setOpened(undefined);
    setEnded(how);
    heading.current?.focus();
    void refetch();
  };
  const send = ({ since: _, ...seen }: PaymentDifference, reason: string) => {
    if (settle.isPending) return;
    settle.mutate(restCall("POST", "/payments/differences", { body: { ...seen, reason } }), {
      onSuccess: () => end("settled"),
      onError: (error) => error instanceof AppError && error.code === "conflict" && end("changed"),
    });
  };
  return (
    <section className="col" style={{ gap: 4 }} aria-label="Where cents do not add up">
      <h2 ref={heading} tabIndex={-1}>
        Where cents do not add up
      </h2>
      {ended && (
        <p className={ended === "changed" ? "s13 c-bad" : "s13"} role={ended === "changed" ? "alert" : "status"}>
          {endWords[ended]}
        </p>
      )}
      <DifferenceList
        differences={differences}
        actions={(difference) => (
          <DifferenceActions
            difference={difference}
            isOpen={opened === keyOfDifference(difference)}
            open={(isOpen) => open(isOpen ? keyOfDifference(difference) : undefined)}
            look={() => look(difference.member)}
            settle={settle}
            send={(reason) => send(difference, reason)}
          />
        )}
      />
    </section>
  );
}

type ListProps = {
  differences: readonly PaymentDifference[];
  /** Without any, they are of one member who is named above. */
  actions?: (difference: PaymentDifference) => ReactNode;
};
export function DifferenceList({ differences, actions }: ListProps) {
  if (differences.length === 0) return <p className="sub s13">None. What was used, told and billed is the same.</p>;
  return (
    <ul className="rules" aria-label="Differences">
      {differences.map((difference) => {
        const { title, amounts } = describeDifference(difference);
        return (
          <li key={keyOfDifference(difference)}>
            <Ring state="failed" label="" />
            <div className="grow rule-what">
              {actions && <p>{difference.member}</p>}
              <p className="s13">
                {title} <span className="sub">since {formatMoment(difference.since)}</span>
              </p>
              <p className="s12 sub num">{amounts}</p>
              {difference.invoice !== null && (
                <details className="fold s12">
                  <summary>Details</summary>
                  <FactLines label="Of this difference" facts={[["Invoice at Stripe", difference.invoice]]} />
                </details>
              )}
              {actions?.(difference)}
            </div>
          </li>
        );
      })}
    </ul>
  );
}

type ActionProps = {
  difference: PaymentDifference;
  isOpen: boolean;
  open: (isOpen: boolean) => void;
  look: () => void;
  settle: ComponentProps<typeof FormEnd>["change"];
  send: (reason: string) => void;
};
function DifferenceActions({ difference, isOpen, open, look, settle, send }: ActionProps) {
  const button = useRef<HTMLButtonElement>(null);
  const { title } = describeDifference(difference);
  const close = () => {
    open(false);
    button.current?.focus();
  };
  return (
    <>
      <div className="fx" style={{ marginTop: 6 }}>
        <button type="button" className="btn" aria-label={`Look at the payments of ${difference.member}`} onClick={look}>
          Look
        </button>
        <button
          ref={button}
          type="button"
          className="btn"
          aria-label={`Settle: ${title}, ${difference.member}`}
          aria-expanded={isOpen}
          onClick={() => open(!isOpen)}
        >
          Settle
        </button>
      </div>
      {isOpen && <SettleForm settle={settle} send={send} onClose={close} />}
    </>
  );
}

type FormProps = Pick<ActionProps, "settle" | "send"> & { onClose: () => void };
function SettleForm({ settle, send, onClose }: FormProps) {
  const [reason, setReason] = useState("");
  const [tried, setTried] = useState(false);
  const asked = auditReason.safeParse(reason);
  return (
    <form
      className="ptask form"
      aria-label="Settle it"
      autoComplete="off"
      style={{ marginTop: 6 }}
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (asked.success) send(asked.data);
      }}
    >
      <p className="s13">
        Settle what was put right by hand, as by a credit at Stripe; nothing is changed there. It comes back if its amounts change. Your
        reason is written into the member's audit, and they read it there.
      </p>
      <Field
        label="Reason, at least eight letters"
        value={reason}
        set={setReason}
        maxLength={200}
        wrong={tried && !asked.success ? "One line of at least eight letters." : undefined}
        focus
      />
      <FormEnd change={settle} unchanged="Nothing was settled." press="Settle" busy="Settling" onClose={onClose} />
    </form>
  );
}
