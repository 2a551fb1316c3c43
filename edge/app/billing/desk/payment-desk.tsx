import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import {
  type PaymentDesk,
  type PaymentEventView,
  type PaymentLook,
  paymentDeskOut,
  paymentLookOut,
} from "../../../../schema/billing/payment-desk.ts";
import { AppError } from "../../../../schema/wire/error.ts";
import { restCall } from "../../live/api.ts";
import { useServices } from "../../live/workspace.ts";
import { useMachineTitle } from "../../machine/machine.ts";
import { OperatorsOnly } from "../../machine/machines.tsx";
import { FactLines, formatMoment, LookForm } from "../../support/member-look.tsx";
import { Failed } from "../../ui/load-failed.tsx";
import { Ring } from "../../ui/ring.tsx";
import { ScrollPage } from "../../ui/scroll-page.tsx";
import { nameChoice } from "../plan/plan-choice.ts";
import { DifferenceList, DifferencesSection } from "./difference-list.tsx";
import { BilledInvoices, PlanUse } from "./payment-desk-account.tsx";
import { describeEvent, describePlanEnd, entitlementWords, nameEventType, paymentTroubleWords } from "./payment-desk-words.ts";

const deskKey = ["payment-desk"];
/** What is wrong with payments, and how one member's went, for operators; the edge refuses all others. */
export function PaymentDeskScreen() {
  const { api } = useServices();
  const query = useQuery({
    queryKey: deskKey,
    queryFn: () => api.get("/payments", paymentDeskOut),
    ...{ refetchInterval: 10_000, refetchOnMount: "always" },
  });
  useMachineTitle("Payments");
  const denied = query.error instanceof AppError && query.error.code === "forbidden";
  return (
    <>
      <div className="bar">
        <h1>Payments</h1>
        <span className="chip">Operators only</span>
      </div>
      <ScrollPage label="Payments">
        <div className="narrow col">
          {denied && <OperatorsOnly />}
          {query.isError && !denied && <Failed error={query.error} retry={query.refetch} />}
          {query.isPending && <p className="sub s13">Reading</p>}
          {query.data && !denied && <DeskSections desk={query.data} refetch={query.refetch} />}
        </div>
      </ScrollPage>
    </>
  );
}

function DeskSections({ desk, refetch }: { desk: PaymentDesk; refetch: () => unknown }) {
  const [chosen, choose] = useState({ account: "", presses: 0 });
  const look = (account: string) => choose(({ presses }) => ({ account, presses: presses + 1 }));
  return (
    <>
      <p className={desk.ok ? "quiet" : "quiet bad"} role="status">
        <Ring state={desk.ok ? "done" : "failed"} label={desk.ok ? "Well" : "Something is wrong"} />
        <span className="rule-what">{desk.state}</span>
      </p>
      <section className="col" style={{ gap: 4 }} aria-label="Members whose payments are in trouble">
        <h2>Members whose payments are in trouble</h2>
        {desk.troubled.length === 0 && <p className="sub s13">None. What is paid is what the accounts say.</p>}
        <ul className="rules">
          {desk.troubled.map(({ member, trouble }) => (
            <li key={member}>
              <Ring state="failed" label="" />
              <div className="grow rule-what">
                <p>{member}</p>
                <p className="s13">
                  {paymentTroubleWords[trouble.kind]} <span className="sub">since {formatMoment(trouble.since)}</span>
                </p>
              </div>
              <button type="button" className="btn" aria-label={`Look at ${member}`} onClick={() => look(member)}>
                Look
              </button>
            </li>
          ))}
        </ul>
      </section>
      <DifferencesSection differences={desk.differences} look={look} refetch={refetch} />
      <PaymentLookForm key={chosen.presses} account={chosen.account} />
      <section className="col" style={{ gap: 4 }} aria-label="What Stripe told that is not followed, or parked">
        <h2>What Stripe told that is not followed, or parked</h2>
        <PaymentEvents events={desk.events} none="Nothing. All that Stripe told was followed." />
      </section>
    </>
  );
}

const callOf = (body: { account: string; reason: string }) => restCall("POST", "/payments/looks", { body });
const PaymentLookForm = ({ account }: { account: string }) => (
  <LookForm
    title="Look at a member's payments"
    about="Stripe is read anew. You see the plan and what is used of it, the member's invoices with their amounts, and what Stripe told; no card, and no page of an invoice. Each look is written into the member's audit with your reason, and they read it there."
    out={paymentLookOut}
    callOf={callOf}
    show={(look) => <PaymentStanding look={look} />}
    account={account}
  />
);

function PaymentStanding({ look }: { look: PaymentLook }) {
  const { member, entitlement, subscription, customer } = look;
  const trouble = customer?.trouble;
  const facts = [
    ["Id", member.id],
    ["Plan", subscription ? `${nameChoice(subscription)}, ${describePlanEnd(subscription)}` : "None"],
    ["From the next period on", subscription?.upcoming ? nameChoice(subscription.upcoming) : undefined],
    ["Account", entitlementWords[entitlement]],
    ["Customer at Stripe", customer ? customer.id : "None: they were never at a page of payments"],
    ["Stripe was read", customer ? (customer.readAt === null ? "Never with success" : formatMoment(customer.readAt)) : undefined],
    ["Is read again", customer ? formatMoment(customer.nextLook) : undefined],
    ["Compared with Stripe", customer ? (customer.comparedAt === null ? "Never" : formatMoment(customer.comparedAt)) : undefined],
    ["Trouble", trouble ? `${paymentTroubleWords[trouble.kind]}, since ${formatMoment(trouble.since)}` : "None"],
  ] as const;
  return (
    <section className="col" aria-label="How it stands" style={{ gap: 4, marginTop: 8 }}>
      <h2>
        {member.name}, {member.email}
      </h2>
      <FactLines label="State" facts={facts} />
      <h2>Used of the plan</h2>
      <PlanUse use={look.use} />
      <h2>Invoices</h2>
      <BilledInvoices invoices={look.invoices} />
      <h2>Where cents do not add up</h2>
      <DifferenceList differences={look.differences} />
      <h2>What Stripe told in sixty days</h2>
      <PaymentEvents events={look.events} none="Nothing." />
    </section>
  );
}

function PaymentEvents({ events, none }: { events: readonly PaymentEventView[]; none: string }) {
  if (events.length === 0) return <p className="sub s13">{none}</p>;
  return (
    <ul className="rules" aria-label="Events">
      {events.map((event) => (
        <PaymentEventLine key={event.id} event={event} />
      ))}
    </ul>
  );
}
function PaymentEventLine({ event }: { event: PaymentEventView }) {
  const { ring, text } = describeEvent(event);
  return (
    <li>
      <Ring state={ring} label="" />
      <div className="grow rule-what">
        <p className="fx wrap">
          <span className="grow">{nameEventType(event.type)}</span>
          <span className="s12 sub num nowrap">{formatMoment(event.receivedAt)}</span>
        </p>
        <p className="s12 sub">{text}</p>
        <details className="fold s12">
          <summary>Details</summary>
          <FactLines
            label="Of this event"
            facts={[
              ["Event at Stripe", event.id],
              ["Its type", event.type],
              ["Member", event.member ?? "Not known"],
            ]}
          />
        </details>
      </div>
    </li>
  );
}
