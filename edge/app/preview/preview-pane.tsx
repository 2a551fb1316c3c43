import { useSearch } from "@tanstack/react-router";
import { ArrowLeft, ExternalLink, MousePointerClick, RotateCw, Share2, TriangleAlert, Undo2, X } from "lucide-react";
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import type { PreviewView } from "../../../schema/preview/preview.ts";
import { AppError } from "../../../schema/wire/error.ts";
import { useAddress } from "../conversation/message-actions.tsx";
import { DownloadButton } from "../git/download-button.tsx";
import { useActionQuery } from "../live/use-action.ts";
import { useSpace } from "../live/workspace.ts";
import { OnlineLine } from "../release/online-line.tsx";
import { Asleep } from "../stack/asleep.tsx";
import { CopyButton } from "../ui/copy-button.tsx";
import { Failed } from "../ui/load-failed.tsx";
import { describeErrors, goBack, type PageNews, pickInPage, usePageNews } from "./page-errors.ts";
import { PageProgress } from "./page-progress.tsx";
import styles from "./preview.module.css";
import { type PreviewWidth, previewDoor, previewWidths, Stage, useOpenOutside, useVisit, WidthButtons } from "./preview-frame.tsx";
import { PreviewShare } from "./preview-share.tsx";

// It carries a parser of HTML.
const PageChange = lazy(() => import("./page-change.tsx").then((part) => ({ default: part.PageChange })));

/** What an agent made, running, beside the conversation. `back`: in the conversation's place. */
export function PreviewPane({ id, close, back }: { id: `pvw_${string}`; close: () => void; back: boolean }) {
  const found = useActionQuery("preview", { previewId: id });
  const preview = found.data?.preview;
  const Place = back ? "main" : "aside";
  return (
    <Place className="panel" aria-label="Preview">
      {preview?.state === "open" ? (
        <OpenPreview key={id} preview={preview} close={close} back={back} />
      ) : (
        <>
          <div className="bar">
            {back && <BackButton close={close} />}
            <h2 className="grow t">{preview?.title ?? "Preview"}</h2>
            {!back && <CloseButton close={close} />}
          </div>
          <div className="sec">
            {found.isError ? (
              <Failed error={found.error} retry={found.refetch} className="c-bad" />
            ) : (
              <p className="sub">{preview ? "This preview was closed. Ask your agent to show it again." : "Opening"}</p>
            )}
          </div>
        </>
      )}
    </Place>
  );
}
function BackButton({ close }: { close: () => void }) {
  return (
    <button type="button" className="ib" onClick={close} aria-label="Back to the conversation">
      <ArrowLeft className="i s20" aria-hidden="true" />
    </button>
  );
}
function CloseButton({ close }: { close: () => void }) {
  return (
    <button type="button" className="ib" onClick={close} aria-label="Close the preview">
      <X className="i" aria-hidden="true" />
    </button>
  );
}

function PageBack({ go }: { go: () => void }) {
  return (
    <button type="button" className="ib" onClick={go} aria-label="Back to the page before">
      <Undo2 className="i" aria-hidden="true" />
    </button>
  );
}

function OpenPreview({ preview, close, back }: { preview: PreviewView; close: () => void; back: boolean }) {
  const [width, setWidth] = useState<PreviewWidth>("desktop");
  const [sharing, setSharing] = useState(false);
  const asked = useSearch({ strict: false, select: (search) => search.change === true });
  const [changing, setChanging] = useState(asked);
  useEffect(() => {
    if (asked) setChanging(true);
  }, [asked]);
  const [frame, setFrame] = useState<HTMLIFrameElement | null>(null);
  const place = useRef("/");
  const { entry, reload } = useVisit({ door: previewDoor(preview.id), version: preview.changedAt }, () => place.current);
  const { news, forget } = usePageNews(frame, entry.data?.address, entry.data?.url);
  useEffect(() => {
    place.current = news.place;
  }, [news.place]);
  const address = entry.data?.address;
  const picked = news.picked !== undefined;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a page that is loaded anew hears of it again
  useEffect(() => {
    // What is picked stays marked until it is changed.
    if (address !== undefined && !(changing && picked)) pickInPage(frame, address, changing);
  }, [frame, address, changing, picked, news.loads]);
  const change = (on: boolean) => {
    setChanging(on);
    forget();
  };
  useEscape(changing || sharing, () => (changing ? change(false) : setSharing(false)));
  const openOutside = useOpenOutside(previewDoor(preview.id), () => place.current);
  const Title = back ? "h1" : "h2";
  return (
    <>
      <div className="bar">
        {back && <BackButton close={close} />}
        <Title className="grow t">{preview.title}</Title>
        {!back && <WidthButtons width={width} choose={setWidth} />}
        {entry.data && news.back && <PageBack go={() => goBack(frame, entry.data.address)} />}
        <button type="button" className="ib" aria-label="Load again" onClick={reload}>
          <RotateCw className="i" aria-hidden="true" />
        </button>
        {!back && preview.source.kind === "pages" && <DownloadButton repo={preview.source.repo} gitRef={preview.source.branch} />}
        {entry.data && <CopyButton text={new URL(news.place, entry.data.address).href} label="Copy the address, which only you can open" />}
        <button type="button" className="ib" aria-label="Open in a tab of its own" onClick={openOutside}>
          <ExternalLink className="i" aria-hidden="true" />
        </button>
        {!back && <CloseButton close={close} />}
      </div>
      <PageProgress preview={preview} />
      <Asleep />
      <OnlineLine source={preview.source} />
      {entry.isError && (
        <div className="sec">
          <Failed error={entry.error} retry={entry.refetch} className="c-bad" />
        </div>
      )}
      {entry.data && (
        <Stage url={entry.data.url} title={preview.title} width={back ? undefined : previewWidths[width].px} onFrame={setFrame} />
      )}
      {changing && (
        <Suspense fallback={null}>
          <PageChange
            preview={preview}
            place={news.place}
            loaded={news.loads > 0}
            picked={news.picked}
            pickAgain={() => change(true)}
            close={() => change(false)}
            leave={back ? close : undefined}
          />
        </Suspense>
      )}
      <PageErrors title={preview.title} news={news} />
      {sharing && <PreviewShare preview={preview.id} />}
      <div className={`fx ${styles.pageActs}`}>
        {entry.data && (
          <button type="button" className="btn" aria-pressed={changing} onClick={() => change(!changing)}>
            <MousePointerClick className="i" aria-hidden="true" /> Change something…
          </button>
        )}
        {!(entry.error instanceof AppError && entry.error.code === "forbidden") && (
          <button type="button" className="btn" aria-expanded={sharing} onClick={() => setSharing(!sharing)}>
            <Share2 className="i" aria-hidden="true" /> Share
          </button>
        )}
      </div>
    </>
  );
}

/** Esc closes what is open in the pane, unless something above it takes the key. */
function useEscape(open: boolean, close: () => void) {
  const act = useRef(close);
  act.current = close;
  useEffect(() => {
    if (!open) return undefined;
    const press = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open]")) return;
      event.preventDefault();
      act.current();
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, [open]);
}

/** What went wrong in the page, and one press that hands it to the agent. */
function PageErrors({ title, news: { errors, place } }: { title: string; news: PageNews }) {
  const { live } = useSpace();
  const address = useAddress();
  const [told, setTold] = useState<unknown>();
  if (errors.length === 0) return null;
  const tell = () => {
    live.send(describeErrors(title, place, errors), address);
    setTold(errors);
  };
  const n = errors.reduce((sum, { times }) => sum + times, 0);
  return (
    <section className={styles.errors} aria-label="Errors of the page">
      <p className="fx s13">
        <TriangleAlert className="i s14 c-bad" aria-hidden="true" />
        <span className="grow">
          {n} {n === 1 ? "error" : "errors"} on this page
        </span>
        <button type="button" className="btn xs" disabled={told === errors} onClick={tell}>
          {told === errors ? "Asked" : "Ask to repair it"}
        </button>
      </p>
      <details>
        <summary className="s12 sub">Details</summary>
        <ul className="s12">
          {errors.map(({ text, times }) => (
            <li key={text}>
              <code>{text.slice(0, 500)}</code> {times > 1 && <span className="sub num">{times} times</span>}
            </li>
          ))}
        </ul>
      </details>
    </section>
  );
}
