import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { shareMade, sharesOut } from "../../../schema/preview/preview-access.ts";
import { removedOut } from "../../../schema/wire/removed.ts";
import { restCall } from "../live/api.ts";
import { failureText, useRest } from "../live/use-action.ts";
import { useServices } from "../live/workspace.ts";
import { CopyButton } from "../ui/copy-button.tsx";
import { formatDay, formatTime } from "../ui/format.ts";
import { Failed } from "../ui/load-failed.tsx";
import styles from "./preview.module.css";

const lengths = [
  { hours: 1, title: "An hour" },
  { hours: 24, title: "A day" },
  { hours: 24 * 7, title: "A week" },
] as const;
const describeEnd = (at: number) => `${formatDay(at)}, ${formatTime(at)}`;

/** Links by which others look at a preview: made, copied once, and taken back. */
export function PreviewShare({ preview }: { preview: string }) {
  const { api } = useServices();
  const [hours, setHours] = useState<number>(24);
  const path = { previewId: preview };
  const shares = useQuery({
    queryKey: ["preview", "shares", preview],
    queryFn: () => api.get("/previews/{previewId}/shares", sharesOut, { params: { path } }),
  });
  const make = useRest(shareMade);
  const revoke = useRest(removedOut);
  const done = { onSuccess: () => void shares.refetch() };
  return (
    <section className={styles.share} aria-label="Share">
      <p className="s13">Anybody with a link sees this preview, and nothing else, until the link ends.</p>
      <p className="fx">
        <label className="s13 fx">
          For
          <select className="inp" value={hours} onChange={(event) => setHours(Number(event.target.value))}>
            {lengths.map((each) => (
              <option key={each.hours} value={each.hours}>
                {each.title.toLowerCase()}
              </option>
            ))}
          </select>
        </label>
        <button
          type="button"
          className="btn"
          disabled={make.isPending}
          onClick={() => make.mutate(restCall("POST", "/previews/{previewId}/shares", { params: { path }, body: { hours } }), done)}
        >
          Make a link
        </button>
      </p>
      {make.data && (
        <p className="fx">
          <code className="t grow">{make.data.url}</code>
          <CopyButton text={make.data.url} label="Copy the link" />
        </p>
      )}
      {(make.error ?? revoke.error) && <p className="c-bad s13">{failureText(make.error ?? revoke.error)}</p>}
      {shares.isError && <Failed error={shares.error} retry={shares.refetch} className="c-bad" />}
      <ul>
        {shares.data?.shares.map((share) => (
          <li key={share.id} className="fx s13">
            <span className="grow">A link until {describeEnd(share.expiresAt)}</span>
            <button
              type="button"
              className="btn xs bad"
              disabled={revoke.isPending}
              onClick={() =>
                revoke.mutate(
                  restCall("DELETE", "/previews/{previewId}/shares/{shareId}", { params: { path: { ...path, shareId: share.id } } }),
                  done,
                )
              }
            >
              Revoke
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
