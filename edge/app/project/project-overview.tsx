import { Link } from "@tanstack/react-router";
import { useRef, useState } from "react";
import type { ProjectView } from "../../../schema/project/project.ts";
import { isReleaseUnderWay, type ReleaseView } from "../../../schema/release/release.ts";
import { PlanLink } from "../billing/plan/plan-link.tsx";
import { DownloadButton } from "../git/download-button.tsx";
import { useAction } from "../live/use-action.ts";
import { type PreviewWidth, previewWidths, projectDoor, Stage, useOpenOutside, useVisit, WidthButtons } from "../preview/preview-frame.tsx";
import { PreviewShare } from "../preview/preview-share.tsx";
import { CancelRelease } from "../release/cancel-release.tsx";
import { PutOnline } from "../release/put-online.tsx";
import { useReleases } from "../release/releases.ts";
import { RollBack } from "../release/roll-back.tsx";
import { useScreen } from "../shell/screen.ts";
import { Asleep } from "../stack/asleep.tsx";
import { CopyButton } from "../ui/copy-button.tsx";
import { Failed } from "../ui/load-failed.tsx";
import { Refusal } from "../ui/refusal.tsx";
import { Ring } from "../ui/ring.tsx";
import styles from "./project.module.css";
import { ProjectBeginning } from "./project-beginning.tsx";
import type { ProjectDetail } from "./project-page.tsx";
import { describeHealth, describeRelease, findNewsOfReleases } from "./project-words.ts";
import { MainStatus } from "./pushed-commits.tsx";

/** What runs, where it is seen, and what can be done with it now. */
export function ProjectOverview({ detail }: { detail: ProjectDetail }) {
  const { project } = detail;
  const releases = useReleases(project.name);
  const list = releases.data?.releases ?? [];
  const news = findNewsOfReleases(list);
  const [kept] = project.current ? project.kept : [];
  const previous = list.find(({ id }) => id === kept?.release);
  const hasNewsOfIt = news !== undefined && project.beginning?.reason !== undefined && project.beginning.step === "online";
  const begins = hasNewsOfIt ? undefined : project.beginning;
  return (
    <>
      {project.state === "removing" && (
        <p className="s13" role="status">
          It is being taken away: its app, its data, its address, its domains and its secrets.
        </p>
      )}
      {project.state === "failing" && <NotWell project={project} />}
      {news && <ReleaseNews release={news} serves={project.current !== undefined} project={project.name} />}
      {releases.isError && <Failed error={releases.error} retry={releases.refetch} />}
      {begins && <ProjectBeginning project={project} beginning={begins} />}
      {project.current ? <WhatRuns project={project} /> : !news && !begins && <NothingRuns detail={detail} />}
      {(!begins || begins.reason) && <NewestVersion detail={detail} />}
      <MainStatus detail={detail} />
      <ProjectActs detail={detail} />
      {previous && kept && <RollBack project={project.name} release={previous} pastMigration={kept.pastMigration} />}
    </>
  );
}

function NotWell({ project }: { project: ProjectView }) {
  return (
    <div className="quiet bad" role="status">
      <Ring state="failed" label="" />
      <div>
        <b className="b">{describeHealth(project.app)}</b>
        {project.reason && <p className="sub">{project.reason}</p>}
        <Link className="link" to="/project/$name" params={{ name: project.name }} search={{ tab: "monitoring" }}>
          What is done about it
        </Link>
        {" · "}
        <Link className="link" to="/project/$name" params={{ name: project.name }} search={{ tab: "logs" }}>
          What it printed
        </Link>
      </div>
    </div>
  );
}

/** A release under way with its step, or the newest one where it failed. */
function ReleaseNews({ release, serves, project }: { release: ReleaseView; serves: boolean; project: string }) {
  const { ring, text } = describeRelease(release);
  const goes = isReleaseUnderWay(release.state);
  return (
    <div className={goes ? "quiet" : "quiet bad"} role="status">
      <Ring state={ring} label="" />
      <div>
        <b className="b">{goes ? `A release is on its way: ${text}` : `The newest release: ${text}`}</b>
        {release.reason && (
          <p className="sub">
            {release.reason}
            <PlanLink after={release.reason} />
          </p>
        )}
        <p className="sub">
          {serves ? "The one before serves meanwhile." : goes ? "It is seen here once it answers." : "Nothing serves now."}
        </p>
        {goes && <CancelRelease release={release} />}
        {!goes && (
          <Link className="link" to="/project/$name" params={{ name: project }} search={{ tab: "releases" }}>
            What it printed
          </Link>
        )}
      </div>
    </div>
  );
}

function NothingRuns({ detail: { project, main } }: { detail: ProjectDetail }) {
  return (
    <div className="empty">
      <b className="b">{project.state === "making" ? "Its repository is being made" : "It is not online yet"}</b>
      <p className="sub">
        {main.can
          ? "Its newest version is proven. Online, it has an address of its own."
          : "Once something of it is done and proven, it can be put online here. Ask your agent to go on with it."}
      </p>
    </div>
  );
}

/** The running page, its address, and who sees it. */
function WhatRuns({ project }: { project: ProjectView }) {
  const { phone } = useScreen();
  const [width, setWidth] = useState<PreviewWidth>("desktop");
  const place = useRef("/");
  const away = project.state === "suspended" || project.state === "stopped" || project.state === "asleep";
  const open = useOpenOutside(projectDoor(project.name), () => place.current);
  return (
    <div className="framed">
      <div className={`fx wrap ${styles.address}`}>
        <code className="t grow">{project.address}</code>
        {project.address && <CopyButton text={project.address} label="Copy the address" />}
        {!phone && !away && <WidthButtons width={width} choose={setWidth} />}
        <button type="button" className="btn" onClick={open}>
          Open
        </button>
      </div>
      {away ? <Away project={project} /> : <LiveFrame project={project} width={phone ? undefined : previewWidths[width].px} />}
      <Publish project={project} />
    </div>
  );
}
const unreachable = new Set<ProjectView["app"]>(["restarting", "crashed", "asleep", "stopped", "suspended", "lost", "unreachable"]);
/**
 * It loads anew for another release, and when it goes away or is back. Nothing else of its health takes from
 * a person what they have typed in it.
 */
function LiveFrame({ project, width }: { project: ProjectView; width: number | undefined }) {
  const version = `${project.current?.id} ${unreachable.has(project.app)}`;
  const { entry, reload } = useVisit({ door: projectDoor(project.name), version }, () => "/");
  return (
    <>
      <Asleep />
      {entry.isError && (
        <div className="sec">
          <Failed error={entry.error} retry={reload} />
        </div>
      )}
      {!entry.isError && (
        <div className={styles.live}>{entry.data && <Stage url={entry.data.url} title={project.name} width={width} />}</div>
      )}
    </>
  );
}
/** Why there is nothing to see, and what brings it back. */
function Away({ project }: { project: ProjectView }) {
  const power = useAction("power");
  if (project.state === "suspended")
    return (
      <div className={`empty ${styles.away}`}>
        <b className="b">Your plan does not let it run</b>
        <p className="sub">Visitors see a page that says that it is away. With a plan it starts again by itself, with its data.</p>
        <Link className="btn" to="/plan-usage">
          See plans
        </Link>
      </div>
    );
  const asleep = project.state === "asleep";
  return (
    <div className={`empty ${styles.away}`}>
      <b className="b">{asleep ? "It sleeps until somebody visits it" : "It was stopped"}</b>
      <p className="sub">
        {asleep ? "Nobody has for a while. The next visitor wakes it, which takes a few seconds." : "Visitors see a page that says so."}
      </p>
      {power.isError && (
        <p className="c-bad s13" role="alert">
          <Refusal error={power.error} />
        </p>
      )}
      <button
        type="button"
        className="btn"
        aria-disabled={power.isPending}
        onClick={() => !power.isPending && power.mutate({ project: project.name, running: true })}
      >
        {asleep ? "Wake it" : "Start it"}
      </button>
    </div>
  );
}

function Publish({ project }: { project: ProjectView }) {
  const { ask } = useScreen();
  const publish = useAction("publish");
  const change = (published: boolean) => publish.mutate({ project: project.name, published });
  const press = () => {
    if (publish.isPending) return;
    if (project.published) return change(false);
    ask({
      title: `Show ${project.name} to everybody?`,
      text: `Everybody who knows ${project.address ?? "its address"} sees it then, until you take it back.`,
      yes: "Show it",
      harmless: true,
      act: () => change(true),
    });
  };
  return (
    <div className={`fx wrap s13 ${styles.publish}`}>
      <span className="grow">{project.published ? "Everybody sees it at this address." : "You alone see it at this address."}</span>
      {publish.isError && (
        <span className="c-bad" role="alert">
          <Refusal error={publish.error}> Nothing was changed.</Refusal>
        </span>
      )}
      <button type="button" className="btn" aria-disabled={publish.isPending} onClick={press}>
        {publish.isPending ? "Changing" : project.published ? "Show it to me alone" : "Show it to everybody…"}
      </button>
    </div>
  );
}

/** Its newest version: online by one press, or the reason why that can't be. */
function NewestVersion({ detail: { project, main, receipt } }: { detail: ProjectDetail }) {
  const deploy = useAction("deploy");
  const isFirst = project.current === undefined && project.state === "idle" && main.can;
  const seesNewest = project.current !== undefined && !(main.can && main.commit !== project.current.commit);
  const press = () => !deploy.isPending && deploy.mutate({ project: project.name, ...(main.commit ? { commit: main.commit } : {}) });
  return (
    <div className={`fx wrap s13 ${styles.deploy}`}>
      {seesNewest ? (
        <span className="sub">{main.can ? "What is online is its newest version." : main.reason}</span>
      ) : (
        <PutOnline project={{ view: project, main }} told />
      )}
      {isFirst && (
        <button type="button" className="btn ghost" aria-disabled={deploy.isPending} onClick={press}>
          Only for me
        </button>
      )}
      {receipt && project.state !== "deploying" && (
        <Link className="link" to="/receipt/$id" params={{ id: receipt }}>
          What proves it
        </Link>
      )}
      {deploy.isError && (
        <p className="c-bad" role="alert">
          <Refusal error={deploy.error}> Nothing was started.</Refusal>
        </p>
      )}
    </div>
  );
}

/** Open it, change it, share it, take it along: what lies on main, online or not. */
function ProjectActs({ detail: { project, main, preview } }: { detail: ProjectDetail }) {
  const [sharing, setSharing] = useState(false);
  if (main.commit === undefined) return null;
  return (
    <>
      <div className="acts">
        {preview && !project.current && (
          <Link className="btn pri" to="/" search={{ preview: preview.id }}>
            Open
          </Link>
        )}
        {preview && (
          <Link className="btn" to="/" search={{ preview: preview.id, change: true }}>
            Change something…
          </Link>
        )}
        {preview && (
          <button type="button" className="btn" aria-expanded={sharing} onClick={() => setSharing(!sharing)}>
            Share
          </button>
        )}
        <DownloadButton repo={project.repo} gitRef="main" label="Download" />
        <Link className="btn" to="/files" search={{ repo: project.repo, ref: "main" }}>
          See its files
        </Link>
      </div>
      {sharing && preview && <PreviewShare preview={preview.id} />}
    </>
  );
}
