import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { type SupportLook, supportersOut, supportLookOut } from "../../../schema/account/support.ts";
import { describePlace } from "../../../schema/stack/slot-line.ts";
import { actorWords, wordAction, wordResult } from "../audit/audit-words.ts";
import { describePlanEnd } from "../billing/desk/payment-desk-words.ts";
import { nameChoice } from "../billing/plan/plan-choice.ts";
import { restCall } from "../live/api.ts";
import { failureText } from "../live/use-action.ts";
import { useServices } from "../live/workspace.ts";
import { useMachineTitle } from "../machine/machine.ts";
import { Field } from "../ui/form/field.tsx";
import { Failed } from "../ui/load-failed.tsx";
import { Ring } from "../ui/ring.tsx";
import { ScrollPage } from "../ui/scroll-page.tsx";
import { FactLines, formatMoment, LookForm } from "./member-look.tsx";

/** How a member's stack stands, for people with the role of support; who has the role, for operators. */
export function SupportDesk() {
  const { api } = useServices();
  const me = useQuery({ queryKey: ["me"], queryFn: () => api.me() });
  useMachineTitle("Support");
  const [support, operator] = ["support", "operator"].map((role) => me.data?.roles.includes(role) ?? false);
  return (
    <>
      <div className="bar">
        <h1>Support</h1>
      </div>
      <ScrollPage label="Support">
        <div className="narrow col">
          {me.isError && <Failed error={me.error} retry={me.refetch} />}
          {support && <StackLook />}
          {operator && <Supporters />}
          {me.data && !support && !operator && (
            <div className="empty" role="alert">
              <b className="b">This page is for support</b>
              <p className="sub">An operator can give you the role. Your id is {me.data.member.id}.</p>
            </div>
          )}
        </div>
      </ScrollPage>
    </>
  );
}

const callOf = (body: { account: string; reason: string }) => restCall("POST", "/support/looks", { body });
const StackLook = () => (
  <LookForm
    title="Look at a member's stack"
    about="You see how the stack stands, and nothing that is in it. Each look is written into the member's audit with your reason, and they read it there."
    out={supportLookOut}
    callOf={callOf}
    show={(look) => <StackStanding look={look} />}
  />
);

/** Who did it, as others than the member say it. */
const byWords: Partial<Record<keyof typeof actorWords, string>> = { member: "The member", operator: "An operator" };
function StackStanding({ look: { member, entitlement, subscription, stack, events } }: { look: SupportLook }) {
  const facts = [
    ["Id", member.id],
    ["Member since", formatMoment(member.createdAt)],
    ["Plan", subscription ? `${nameChoice(subscription)}, ${entitlement}, ${describePlanEnd(subscription)}` : "None"],
    ["Stack", stack ? `${stack.status}, its containers ${stack.observed}` : "Never had one"],
    ["Machine", stack ? (stack.host ?? "None") : undefined],
    ["In line for one", stack?.waiting ? `${describePlace(stack.waiting.place)}, since ${formatMoment(stack.waiting.since)}` : undefined],
    ["Last active", stack?.lastActivity ? formatMoment(stack.lastActivity) : undefined],
    ["Trouble", stack?.trouble ? `${stack.trouble.title} Since ${formatMoment(stack.trouble.since)}` : undefined],
  ] as const;
  return (
    <section className="col" aria-label="How it stands" style={{ gap: 4, marginTop: 8 }}>
      <h2>
        {member.name}, {member.email}
      </h2>
      <FactLines label="State" facts={facts} />
      <h2>What happened to the stack</h2>
      <ul className="rules" aria-label="Events">
        {events.map(({ at, by, action, result }, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the list comes whole and is never reordered
          <li key={place}>
            <Ring state={result === "ok" ? "done" : "failed"} label={wordResult(result) ?? "Done"} />
            <span className="grow rule-what">{wordAction(action)}</span>
            <span className="s12 sub">
              {byWords[by] ?? actorWords[by]} · {formatMoment(at)}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

const supportersKey = ["supporters"];
function Supporters() {
  const { api } = useServices();
  const queries = useQueryClient();
  const [id, setId] = useState("");
  const query = useQuery({ queryKey: supportersKey, queryFn: () => api.get("/support/people", supportersOut), refetchOnMount: "always" });
  const change = useMutation({
    mutationFn: ({ method, personId }: { method: "PUT" | "DELETE"; personId: string }) =>
      api.send(restCall(method, "/support/people/{personId}", { params: { path: { personId } } }), supportersOut),
    onSuccess: (people) => {
      queries.setQueryData(supportersKey, people);
      setId("");
    },
  });
  const send = (method: "PUT" | "DELETE", personId: string) => change.isPending || change.mutate({ method, personId });
  const give = (event: FormEvent) => {
    event.preventDefault();
    if (id.trim()) send("PUT", id.trim());
  };
  const people = query.data?.people ?? [];
  return (
    <section className="col" aria-label="Who has the role of support">
      <h2>Who has the role of support</h2>
      {query.isError && <Failed error={query.error} retry={query.refetch} />}
      {query.data && people.length === 0 && <p className="s13 sub">Nobody yet. A person reads their id on this page.</p>}
      <ul className="rules" aria-label="People">
        {people.map(({ id: personId, name, email, givenAt }) => (
          <li key={personId} className="wrap">
            <span className="grow rule-what">
              {name}, {email}
              {givenAt !== null && `, since ${formatMoment(givenAt)}`}
            </span>
            <button
              type="button"
              className="btn xs"
              aria-label={`Take the role from ${name}`}
              aria-disabled={change.isPending}
              onClick={() => send("DELETE", personId)}
            >
              Take away
            </button>
          </li>
        ))}
      </ul>
      <form className="col" onSubmit={give}>
        <Field label="A person's id" value={id} set={setId} mono maxLength={40} />
        <button type="submit" className="btn" aria-disabled={change.isPending || !id.trim()}>
          Give the role
        </button>
      </form>
      {change.isError && (
        <p className="s13 c-bad" role="alert">
          {failureText(change.error)}
        </p>
      )}
    </section>
  );
}
