import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { z } from "zod";
import type { PickedElement } from "../../../schema/preview/page-watch.ts";
import type { PreviewView } from "../../../schema/preview/preview.ts";
import { editIn, editLimits, editOut } from "../../../schema/project/edit.ts";
import { prependComposerDraft } from "../conversation/composer-draft.ts";
import { useConversation } from "../conversation/conversation.ts";
import { EditState, editCall } from "../git/file-edit.tsx";
import { projectOfRepo, useRepos } from "../git/repos.ts";
import { useRest } from "../live/use-action.ts";
import { useSpace } from "../live/workspace.ts";
import { runPageAction } from "../shell/page-action.ts";
import { Refusal } from "../ui/refusal.tsx";
import { fileAt, findText, listPageFiles, listTexts, replaceText } from "./page-words.ts";
import styles from "./preview.module.css";

const tagWords: Record<string, string> = {
  h1: "heading",
  h2: "heading",
  h3: "heading",
  img: "picture",
  a: "link",
  button: "button",
  p: "text",
  li: "line",
};
const nameOfPart = ({ tag, among }: PickedElement) => tagWords[tag] ?? (among > 0 ? "text" : "part");
const shorten = (words: string) => (words.length > 120 ? `${words.slice(0, 119)}…` : words);

const describePart = (picked: PickedElement) =>
  picked.words === "" ? `the ${nameOfPart(picked)}` : `the ${nameOfPart(picked)} “${shorten(picked.words)}”`;
/** A change that was saved, and what it is in words. */
type Saved = { taskId: string; wish: string };
/** `loaded`: the page listens to what is pressed on in it. */
type Props = {
  preview: PreviewView;
  place: string;
  loaded: boolean;
  picked: PickedElement | undefined;
  pickAgain: () => void;
  close: () => void;
  /** Leads to the conversation, where the page covers it. */
  leave?: (() => void) | undefined;
};
/**
 * What a person pressed on in a page: changed by their own hand where its file is plain, else told to the
 * agent.
 */
export function PageChange({ preview, place, loaded, picked, pickAgain, close, leave }: Props) {
  const [saved, setSaved] = useState<Saved>();
  const { id } = useConversation();
  const project = preview.source.kind === "pages" ? ` (project ${projectOfRepo(preview.source.repo)})` : "";
  const askFor = (wish: string) => {
    prependComposerDraft(id, `On the page “${preview.title}”${project}, at ${place.slice(0, 200)}, ${wish}`);
    close();
    leave?.();
    requestAnimationFrame(() => runPageAction("focusMessage")); // it may have been covered until now
  };
  if (saved) {
    const ask = (reason: string) => askFor(`${saved.wish}. I tried it myself, and a check refused it: ${reason}`);
    const again = () => {
      setSaved(undefined);
      pickAgain();
    };
    return <EditState taskId={saved.taskId} onDone={close} again={again} ask={ask} more />;
  }
  if (!picked)
    return (
      <div className={`sec fx s13 ${styles.change}`} role="status">
        <span className="grow">
          {loaded
            ? "Press on the words or the picture that you want to change."
            : "Once the page is there, press on what you want to change."}
        </span>
        <button type="button" className="btn ghost xs" onClick={close}>
          Cancel
        </button>
      </div>
    );
  return (
    <section className={`sec col gap s13 ${styles.change}`} aria-label="Change something">
      <OwnHand preview={preview} place={place} picked={picked} onSaved={setSaved} />
      <div className="fx wrap">
        <button type="button" className="btn" onClick={() => askFor(`change ${describePart(picked)}: `)}>
          Ask your agent to change it
        </button>
        <button type="button" className="btn ghost" onClick={pickAgain}>
          Something else
        </button>
        <button type="button" className="btn ghost" onClick={close}>
          Cancel
        </button>
      </div>
    </section>
  );
}

type OwnProps = Pick<Props, "preview" | "place"> & { picked: PickedElement; onSaved: (saved: Saved) => void };
/** Only what lies in main as a page can be changed by hand; all else is the agent's to change. */
function OwnHand({ preview: { source }, ...props }: OwnProps) {
  const repos = useRepos();
  const repo =
    source.kind === "pages" && source.branch === "main" ? repos.data?.repos.find((each) => each.repo === source.repo) : undefined;
  const base = repo?.branches.find(({ name }) => name === "main")?.hash;
  if (source.kind === "pages" && source.branch !== "main" && source.branch.startsWith("agent/"))
    return <p className="sub">It is being made still. Once it is done, you can change its words here yourself.</p>;
  if (source.kind !== "pages" || base === undefined) return null;
  const where = { repo: source.repo, folder: source.folder, base };
  return props.picked.picture === undefined ? (
    <Words key={props.picked.words} {...props} where={where} />
  ) : (
    <Picture {...props} where={where} />
  );
}
type Where = { repo: string; folder: string; base: string };
type HandProps = { place: string; picked: PickedElement; where: Where; onSaved: (saved: Saved) => void };
function useEdit({ repo }: Where, onSaved: (saved: Saved) => void) {
  const save = useRest(editOut);
  const send = (change: z.input<typeof editIn>, wish: string) =>
    save.mutate(editCall(projectOfRepo(repo), editIn.parse(change)), { onSuccess: ({ taskId }) => onSaved({ taskId, wish }) });
  return { save, send };
}

/** The page's own file, as it stands on main. */
function usePageFile({ repo, folder, base }: Where, place: string) {
  const { live } = useSpace();
  const read = async () => {
    for (const path of listPageFiles(folder, place)) {
      const file = await live.link.call("file", { repo, ref: base, path }).catch(() => undefined);
      if (typeof file?.text === "string" && !file.truncated) return { path, source: file.text, texts: listTexts(file.text) };
    }
    return null;
  };
  return useQuery({ queryKey: ["page file", repo, folder, base, place], queryFn: read, staleTime: "static" }).data;
}
const focusIt = (field: HTMLElement | null) => field?.focus();
function Words({ place, picked, where, onSaved }: HandProps) {
  const file = usePageFile(where, place);
  const [words, setWords] = useState(picked.words);
  const { save, send } = useEdit(where, onSaved);
  const found = file && findText(file.texts, picked);
  if (!found || replaceText(file.source, found, "") === undefined) return null;
  const changed = words.trim() !== "" && words.trim() !== picked.words;
  const press = () => {
    const content = changed ? replaceText(file.source, found, words) : undefined;
    if (content !== undefined && !save.isPending)
      send(
        {
          base: where.base,
          files: [{ path: file.path, content }],
          title: `Change the words “${shorten(words.trim()).slice(0, 80)}”`.replaceAll(/\p{C}/gu, " "),
        },
        `change ${describePart(picked)} to “${words.trim()}”`,
      );
  };
  return (
    <form
      className="col gap"
      onSubmit={(event) => {
        event.preventDefault();
        press();
      }}
    >
      <label className="col gap">
        <span className="med">The words of this {nameOfPart(picked)}</span>
        <textarea
          ref={focusIt}
          className="inp area"
          rows={words.length > 80 ? 4 : 2}
          maxLength={2_000}
          value={words}
          onChange={(event) => setWords(event.target.value)}
        />
      </label>
      {save.isError && (
        <p className="c-bad" role="alert">
          <Refusal error={save.error} />
        </p>
      )}
      <button type="submit" className={changed ? "btn pri" : "btn off"} aria-disabled={!changed || save.isPending}>
        {save.isPending ? "Saving" : "Save these words"}
      </button>
    </form>
  );
}

const toBase64 = (file: File): Promise<string> =>
  new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).replace(/^[^,]*,/, ""));
    reader.onerror = () => reject(reader.error ?? new Error("the file could not be read"));
    reader.readAsDataURL(file);
  });
/** A page names its pictures itself: another file of the project is no place for one. */
const pictureFile = /\.(?:avif|bmp|gif|ico|jpe?g|png|svg|webp)$/i;
function Picture({ picked, where, onSaved }: HandProps) {
  const { save, send } = useEdit(where, onSaved);
  const [refused, setRefused] = useState("");
  const path = fileAt(where.folder, picked.picture ?? "");
  if (path === undefined || !pictureFile.test(path)) return null;
  const choose = async (file: File | undefined) => {
    if (!file) return;
    if (!file.type.startsWith("image/")) return setRefused("This is no picture.");
    if (file.size > editLimits.bytes) return setRefused(`It is too large: ${editLimits.bytes / 1024 / 1024} MB at most.`);
    setRefused("");
    const files = [{ path, content: await toBase64(file), encoding: "base64" as const }];
    send({ base: where.base, files, title: "Change a picture" }, `put ${file.name} in the place of ${describePart(picked)}`);
  };
  return (
    <label className="col gap">
      <span className="med">Another picture in its place</span>
      <input type="file" accept="image/*" disabled={save.isPending} onChange={(event) => void choose(event.target.files?.[0])} />
      {(refused || save.isError) && (
        <span className="c-bad" role="alert">
          {refused || <Refusal error={save.error} />}
        </span>
      )}
    </label>
  );
}
