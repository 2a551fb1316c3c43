import { Link } from "@tanstack/react-router";
import type { RemindersOut } from "../../../schema/reminder/reminder.ts";
import { useReminders } from "../reminder/reminder-settings.ts";
import { Failed } from "../ui/load-failed.tsx";

const devicesText = (count: number) => (count === 0 ? "No device" : count === 1 ? "1 device" : `${count} devices`);
const describeWays = ({ email, push, webhook }: RemindersOut): [string, string][] => [
  ["E-mail", email.on && email.address !== "" ? `To ${email.address}` : "Off"],
  ["On your devices", devicesText(push.devices.length)],
  ["At an address of yours", webhook?.url ?? "None"],
];
/** By which ways the person hears of what waits for them; they are changed on a page of their own. */
export function Notifications() {
  const query = useReminders();
  return (
    <section className="col" aria-label="Notifications" style={{ gap: 8 }}>
      {query.isError && <Failed error={query.error} retry={query.refetch} />}
      {query.isPending && <p className="empty s13">Reading</p>}
      {query.data && (
        <ul className="rules">
          {describeWays(query.data).map(([way, now]) => (
            <li key={way}>
              <span className="grow">{way}</span>
              <span className="sub s13" style={{ overflowWrap: "anywhere" }}>
                {now}
              </span>
            </li>
          ))}
        </ul>
      )}
      <p className="s13">
        <Link className="link" to="/reminder">
          Change how you hear of what waits
        </Link>
      </p>
    </section>
  );
}
