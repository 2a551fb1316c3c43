import type { BillingOut } from "../../../../schema/billing/billing.ts";

/** Two plans are charged at once. The member can't end the one that is too much: a person at Stripe does. */
export function PaidTwice({ billing: { paidTwice, support } }: { billing: Pick<BillingOut, "paidTwice" | "support"> }) {
  if (!paidTwice) return null;
  return (
    <p className="s13">
      <b className="b">You pay for two plans at once.</b>{" "}
      {support === null ? (
        "Ask whoever runs this GrowQR to pay back what was paid twice."
      ) : (
        <>
          Write to{" "}
          <a className="link" href={`mailto:${support}`}>
            {support}
          </a>{" "}
          and what was paid twice is paid back.
        </>
      )}
    </p>
  );
}
