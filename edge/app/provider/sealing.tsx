import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { rewrapOut, sealingOut } from "../../../schema/provider/provider-key.ts";
import { restCall } from "../live/api.ts";
import { failureText } from "../live/use-action.ts";
import { useServices } from "../live/workspace.ts";
import { Failed } from "../ui/load-failed.tsx";
import { Ring } from "../ui/ring.tsx";

const countRecords = (records: number) => `${records} ${records === 1 ? "record" : "records"}`;

/**
 * Which key-encryption key wraps how many sealed records, for operators; what an older one wraps is wrapped
 * anew here. A page that is closed in the middle leaves what was done, and the next press goes on.
 */
export function Sealing() {
  const { api } = useServices();
  const query = useQuery({ queryKey: ["sealing"], queryFn: () => api.get("/platform/sealing", sealingOut), refetchOnMount: "always" });
  const [left, setLeft] = useState<number>();
  const wrap = useMutation({
    mutationFn: async () => {
      for (;;) {
        const done = await api.send(restCall("POST", "/platform/sealing/rewrap", { body: {} }), rewrapOut);
        setLeft(done.left);
        if (done.left === 0 || done.rewrapped === 0) return done;
      }
    },
    onSettled: () => {
      setLeft(undefined);
      void query.refetch();
    },
  });
  if (query.isError) return <Failed error={query.error} retry={query.refetch} />;
  if (!query.data) return null;
  const { current, wrappedBy, stuck } = query.data;
  const older = wrappedBy.filter(({ kek }) => kek !== current).reduce((sum, { records }) => sum + records, 0) - stuck;
  const rows = wrappedBy.some(({ kek }) => kek === current) ? wrappedBy : [{ kek: current, records: 0 }, ...wrappedBy];
  return (
    <section aria-label="Sealed records">
      <h2>Sealed records</h2>
      <p className="sub s13">
        Keys, secrets and tokens are kept sealed. To take a key-encryption key out of use, add the new one to KEKS, name it in KEK_CURRENT,
        wrap anew here, then remove the old one.
      </p>
      <ul className="rules">
        {rows.map(({ kek, records }) => (
          <li key={kek}>
            <Ring state={kek === current ? "done" : records > 0 ? "waiting" : "idle"} label="" />
            <div className="grow">
              <code className="rule-what">{kek || "no key"}</code>
              <p className="s12 sub">
                It wraps {countRecords(records)}.{" "}
                {kek === current ? "What is sealed now is wrapped by it." : "It may leave KEKS once it wraps none."}
              </p>
            </div>
          </li>
        ))}
      </ul>
      {stuck > 0 && (
        <p className="quiet bad" role="status">
          {stuck === 1 ? "One record is" : `${stuck} records are`} wrapped by a key that is not in KEKS, and can't be opened. Put that key
          back first.
        </p>
      )}
      {older > 0 && (
        <button type="button" className="btn" aria-disabled={wrap.isPending} onClick={() => wrap.isPending || wrap.mutate()}>
          {wrap.isPending ? `Wrapping anew, ${left ?? older} left` : `Wrap ${countRecords(older)} anew`}
        </button>
      )}
      <p className="s13 sub" role="status">
        {wrap.data?.stuck === 0 && older <= 0 && "All are wrapped by the current key."}
        {!!wrap.data?.stuck && `${countRecords(wrap.data.stuck)} could not be opened, and stayed as they were.`}
      </p>
      {wrap.isError && (
        <p className="s12 c-bad" role="alert">
          {failureText(wrap.error)} What was wrapped anew stays so.
        </p>
      )}
    </section>
  );
}
