import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useContext, useEffect } from "react";
import { type BillingOut, billingOut } from "../../../../schema/billing/billing.ts";
import { restCall } from "../../live/api.ts";
import { useLive } from "../../live/use-live.ts";
import { useServices, Workspace } from "../../live/workspace.ts";
import { isComingUp } from "../../stack/stack-words.ts";
import { formatDate } from "../../ui/format.ts";
import { Failed } from "../../ui/load-failed.tsx";
import { Ring } from "../../ui/ring.tsx";
import { isInFreeDays, isPlanRunning, useMonthlyPrice } from "../plan/plan-choice.ts";

const looksEvery = 2_000;
const mostLooks = 10;
type Looked = { billing: BillingOut; looks: number };
const lookKey = ["payment-return"];

/** Of a person who comes back from the checkout. Each look asks Stripe itself, whose own word may be late. */
export type CheckoutReturn = {
  state: "waiting" | "paid" | "missing" | "failed";
  billing: BillingOut | undefined;
  error: Error | null;
  looking: boolean;
  look: () => void;
};
export function usePaymentReturn(isBack: boolean): CheckoutReturn | undefined {
  const { api } = useServices();
  const queries = useQueryClient();
  const { data, error, isFetching, refetch } = useQuery({
    queryKey: lookKey,
    queryFn: async (): Promise<Looked> => {
      const billing = await api.send(restCall("POST", "/billing/refresh", { body: {} }), billingOut);
      await queries.cancelQueries({ queryKey: ["billing"], exact: true }); // what it reads may be older
      queries.setQueryData(["billing"], billing);
      return { billing, looks: (queries.getQueryData<Looked>(lookKey)?.looks ?? 0) + 1 };
    },
    enabled: isBack,
    ...{ staleTime: 0, gcTime: 0, retry: false },
    refetchInterval: ({ state: { data, error } }) => (error || isOver(data) ? false : looksEvery),
  });
  const billing = data?.billing;
  const isPaid = billing !== undefined && isPlanRunning(billing);
  useEffect(() => {
    if (!isPaid) return;
    void queries.invalidateQueries({ queryKey: ["me"] });
    void queries.invalidateQueries({ queryKey: ["billing", "invoices"] });
  }, [isPaid, queries]);
  if (!isBack) return undefined;
  const state = isPaid ? "paid" : error ? "failed" : isOver(data) ? "missing" : "waiting";
  return { state, billing, error, looking: isFetching, look: () => void refetch() };
}
const isOver = (looked: Looked | undefined): boolean =>
  looked !== undefined && (looked.looks >= mostLooks || isPlanRunning(looked.billing));

export function PaymentReturn({ back: { state, billing, error, looking, look } }: { back: CheckoutReturn }) {
  if (state === "paid" && billing) return <PaymentArrived billing={billing} />;
  return (
    <section className="card col" aria-label="Your payment" style={{ gap: 12 }}>
      {state === "failed" ? (
        <>
          <p className="s13">Whether your payment has arrived can't be read just now.</p>
          <Failed error={error} retry={look} />
        </>
      ) : (
        <p className="s13 fx" role="status" style={{ alignItems: "flex-start" }}>
          <Ring state={state === "waiting" ? "working" : "cancelled"} label="" />
          <span className="grow">
            {state === "waiting"
              ? "Thank you. Waiting for the payment to be confirmed."
              : "No payment has arrived yet. If you left the page before paying, nothing was charged."}
          </span>
        </p>
      )}
      {state === "missing" && (
        <div className="fx wrap">
          <button type="button" className="btn" aria-disabled={looking} onClick={() => looking || look()}>
            {looking ? "Looking" : "Look again"}
          </button>
        </div>
      )}
    </section>
  );
}

/** Who had no agent gets one with the payment: then the account says so, and the workspace opens. */
function PaymentArrived({ billing }: { billing: BillingOut }) {
  const { api } = useServices();
  const { subscription } = billing;
  const inWorkspace = useContext(Workspace) !== undefined;
  const price = useMonthlyPrice(subscription) ?? "its price";
  useQuery({
    queryKey: ["me"],
    queryFn: () => api.me(),
    refetchInterval: ({ state }) => (inWorkspace || state.data?.agent ? false : looksEvery),
  });
  const paid =
    isInFreeDays(billing) && subscription?.periodEnd
      ? `Your free days run until ${formatDate(subscription.periodEnd)}; then your card pays ${price} a month, unless you cancel before.`
      : "Your payment was received.";
  return (
    <section className="card col" aria-label="Your payment" style={{ gap: 12 }}>
      <p className="s13 fx" role="status" style={{ alignItems: "flex-start" }}>
        {inWorkspace ? (
          <StackNow paid={paid} />
        ) : (
          <>
            <Ring state="working" label="" />
            <span className="grow">{paid} Your agent is being set up.</span>
          </>
        )}
      </p>
      {inWorkspace && (
        <div className="fx wrap">
          <Link className="btn pri" to="/">
            Go to your agent
          </Link>
        </div>
      )}
    </section>
  );
}
/** Whether the agent can be spoken to already. */
function StackNow({ paid }: { paid: string }) {
  const words = useLive(({ view: { stack } }) =>
    stack?.observed === "running" && stack.ready
      ? "Your agent is ready."
      : stack && isComingUp(stack)
        ? "Your stack is starting."
        : undefined,
  );
  return (
    <>
      <Ring state={words === "Your stack is starting." ? "working" : "done"} label="" />
      <span className="grow">
        {paid} {words ?? "Your agent can work."}
      </span>
    </>
  );
}
