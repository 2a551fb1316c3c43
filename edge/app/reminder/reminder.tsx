import { useQueryClient } from "@tanstack/react-query";
import { type Delivery, type RemindersOut, reminderOut, remindersOut } from "../../../schema/reminder/reminder.ts";
import { restCall } from "../live/api.ts";
import { failureText, useRest } from "../live/use-action.ts";
import { useTitle } from "../shell/page-title.ts";
import { Failed } from "../ui/load-failed.tsx";
import { Ring } from "../ui/ring.tsx";
import { ScrollPage } from "../ui/scroll-page.tsx";
import { Devices } from "./reminder-devices.tsx";
import { remindersKey, useRefreshReminders, useReminders } from "./reminder-settings.ts";
import { Webhook } from "./reminder-webhook.tsx";

/** How the person hears of questions when they are not looking. */
export function Reminders() {
  const query = useReminders();
  useTitle("Reminders");
  return (
    <>
      <div className="bar">
        <h1>Reminders</h1>
      </div>
      <ScrollPage label="Reminders">
        <div className="narrow col">
          <p className="sub">
            When a question has waited for you for two minutes, you get a reminder, and another one before a long question expires. A
            reminder never holds the command itself: you read that in the app.
          </p>
          {query.isError && <Failed error={query.error} retry={query.refetch} />}
          {query.data ? <Settings settings={query.data} /> : query.isPending && <p className="empty s13">Reading</p>}
        </div>
      </ScrollPage>
    </>
  );
}
function Settings({ settings }: { settings: RemindersOut }) {
  return (
    <>
      <h2>By e-mail</h2>
      <Email email={settings.email} />
      <h2>On your devices</h2>
      <Devices push={settings.push} />
      <h2>At an address of yours</h2>
      <Webhook webhook={settings.webhook} />
      <h2>Try it</h2>
      <Test />
    </>
  );
}

function Email({ email }: { email: RemindersOut["email"] }) {
  const queries = useQueryClient();
  const change = useRest(remindersOut);
  const on = change.isPending ? !email.on : email.on;
  const flip = (email: boolean) => {
    if (change.isPending) return;
    change.mutate(restCall("PUT", "/reminders", { body: { email } }), { onSuccess: (now) => queries.setQueryData(remindersKey, now) });
  };
  return (
    <div className="card col" style={{ gap: 8 }}>
      <label className="fx check" style={{ minHeight: "var(--ctl)" }}>
        <input type="checkbox" checked={on} onChange={(event) => flip(event.target.checked)} />
        <span>
          Mail to <b className="med">{email.address || "nobody: your account has no address"}</b>
        </span>
      </label>
      {!email.sends && <p className="s13 sub">This installation sends no mail yet. Your choice is kept for when it does.</p>}
      {email.demo && (
        <p className="s13 sub">
          Mails of this demo are at{" "}
          <a className="link" href={email.demo} target="_blank" rel="noreferrer">
            {email.demo}
          </a>
          ; they never leave this machine.
        </p>
      )}
      {change.isError && (
        <p className="s13 c-bad" role="alert">
          {failureText(change.error)} It is as it was.
        </p>
      )}
    </div>
  );
}

const titles = { email: "E-mail", push: "Device", webhook: "Webhook" } as const;
const endings = { sent: "sent", due: "not sent yet", sending: "on its way", failed: "not sent" } as const;
const deliveryRings = { sent: "done", due: "waiting", sending: "working", failed: "failed" } as const;

function Test() {
  const test = useRest(reminderOut);
  const refresh = useRefreshReminders();
  const send = () => {
    if (!test.isPending) test.mutate(restCall("POST", "/reminders/test"), { onSettled: refresh });
  };
  return (
    <div className="card col" style={{ gap: 8, alignItems: "flex-start" }}>
      <button type="button" className="btn" aria-disabled={test.isPending} onClick={send}>
        {test.isPending ? "Sending" : "Send me one now"}
      </button>
      <div role="status">
        {test.isSuccess && test.data.deliveries.length === 0 && <p className="s13">Nothing to send: no way is switched on.</p>}
        {test.isSuccess && (
          <ul className="s13">
            {test.data.deliveries.map((delivery) => (
              <Result key={`${delivery.way} ${delivery.name ?? ""}`} delivery={delivery} />
            ))}
          </ul>
        )}
      </div>
      {test.isError && (
        <p className="s13 c-bad" role="alert">
          {failureText(test.error)}
        </p>
      )}
    </div>
  );
}
function Result({ delivery }: { delivery: Delivery }) {
  return (
    <li className="fx">
      <Ring state={deliveryRings[delivery.state]} label="" />
      <span>
        {delivery.name ?? titles[delivery.way]}: {endings[delivery.state]}
        {delivery.why && `, ${delivery.why}`}
      </span>
    </li>
  );
}
