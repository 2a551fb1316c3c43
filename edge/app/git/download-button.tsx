import { FileDown } from "lucide-react";
import { useState } from "react";
import type { DownloadIn } from "../../../schema/git/download.ts";
import { failureText } from "../live/use-action.ts";
import { useServices } from "../live/workspace.ts";
import { saveAddress } from "../ui/save-file.ts";

type Props = { repo: string; gitRef: string; path?: string; folder?: string /** Its words, where it is no icon. */; label?: string };
/** Saves a repository or a folder of it as a zip, or one file. */
export function DownloadButton({ repo, gitRef, path, folder, label }: Props) {
  const { api } = useServices();
  const [state, setState] = useState<{ busy: boolean; error?: unknown }>({ busy: false });
  const asked: DownloadIn = { repo, ref: gitRef, ...(path === undefined ? {} : { path }), ...(folder === undefined ? {} : { folder }) };
  const name =
    path !== undefined ? "Download this file" : folder !== undefined ? `Download ${folder} as a zip` : "Download all files as a zip";
  const save = async () => {
    setState({ busy: true });
    try {
      const made = await api.download(asked);
      saveAddress(made.url, made.name);
      setState({ busy: false });
    } catch (error) {
      setState({ busy: false, error });
    }
  };
  return (
    <>
      {state.error !== undefined && (
        <span className="s12 c-bad" role="alert">
          {failureText(state.error)}
        </span>
      )}
      <button
        type="button"
        className={label === undefined ? "ib" : "btn"}
        disabled={state.busy}
        {...(label === undefined ? { "aria-label": name } : {})}
        title={name}
        onClick={() => void save()}
      >
        {label ?? <FileDown className="i" aria-hidden="true" />}
      </button>
    </>
  );
}
