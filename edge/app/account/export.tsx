import { Download } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { restCall } from "../live/api.ts";
import { failureText } from "../live/use-action.ts";
import { useServices } from "../live/workspace.ts";
import { formatBytes } from "../ui/format.ts";
import { saveBlob } from "../ui/save-file.ts";

type ExportState = { at: "idle" } | { at: "loading"; bytes: number } | { at: "saved"; bytes: number } | { at: "failed"; error: unknown };

/** All that is the person's as one archive. It counts what has come; a broken one is thrown away. */
export function ExportData() {
  const { api } = useServices();
  const [state, setState] = useState<ExportState>({ at: "idle" });
  const running = useRef<AbortController>(undefined);
  useEffect(() => () => running.current?.abort(), []);
  const press = async () => {
    if (running.current) return running.current.abort();
    const controller = new AbortController();
    running.current = controller;
    setState({ at: "loading", bytes: 0 });
    try {
      const parts: Uint8Array<ArrayBuffer>[] = [];
      let bytes = 0;
      const reader = (await api.stream(restCall("GET", "/account/export"), controller.signal)).getReader();
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        parts.push(part.value);
        bytes += part.value.length;
        setState({ at: "loading", bytes });
      }
      saveBlob(new Blob(parts), "growqr-export.zip");
      setState({ at: "saved", bytes });
    } catch (error) {
      setState(controller.signal.aborted ? { at: "idle" } : { at: "failed", error });
    } finally {
      running.current = undefined;
    }
  };
  const loading = state.at === "loading";
  return (
    <section className="col" aria-label="Your data" style={{ gap: 8, alignItems: "flex-start" }}>
      <p className="s13 sub">
        One archive with your repositories and their history, all that was said and done, your audit and what you used. It has the names of
        your secrets, never their values. Its README says what each file is, and what was missing: a stack that is stopped gives no
        repositories.
      </p>
      <button type="button" className="btn" onClick={() => void press()}>
        <Download className="i s14" aria-hidden="true" /> {loading ? "Stop the export" : "Export all your data"}
      </button>
      <p className="s13" role="status">
        {loading && `${formatBytes(state.bytes)} so far`}
        {state.at === "saved" && `Saved as growqr-export.zip, ${formatBytes(state.bytes)}.`}
      </p>
      {state.at === "failed" && (
        <p className="s13 c-bad" role="alert">
          {failureText(state.error)} Nothing was saved. Press again to start it anew.
        </p>
      )}
    </section>
  );
}
