import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { ArrowLeft, FileText, Folder, FolderOpen, Pencil } from "lucide-react";
import { useMemo, useState } from "react";
import type { z } from "zod";
import type { repoList } from "../../../schema/agent/grow-agent.ts";
import { editBranches } from "../../../schema/project/edit.ts";
import { memoryRepository } from "../../../schema/stack/stack.ts";
import { innerPath, shownPath } from "../../../schema/wire/path.ts";
import { describeError } from "../live/api.ts";
import { useActionQuery } from "../live/use-action.ts";
import { useTitle } from "../shell/page-title.ts";
import { Asleep, useStackQuery } from "../stack/asleep.tsx";
import { keyedByIndex } from "../ui/keyed-by-index.ts";
import { Markdown } from "../ui/markdown/markdown.tsx";
import { Ring } from "../ui/ring.tsx";
import { Commits } from "./changed-files.tsx";
import { CloneLink } from "./clone-link.tsx";
import { BranchStatus } from "./commit-status.tsx";
import { DownloadButton } from "./download-button.tsx";
import { EditState, FileEdit } from "./file-edit.tsx";
import { type Leaf, nestFiles } from "./file-tree.ts";
import styles from "./git.module.css";
import { useRepos } from "./repos.ts";

/** What a project is: work of agents comes to it once it is proven. */
const mainBranch = "main";
type Repo = z.infer<typeof repoList>["repos"][number];

/** Memory and project repositories, read through the actor. */
export function RepoFiles() {
  const search = useSearch({ from: "/files" });
  const repos = useRepos();
  // Memory has a page of its own: here it stands only for somebody who was led to a file of it.
  const list = (repos.data?.repos ?? []).filter((listed) => listed.repo !== memoryRepository || search.repo === memoryRepository).reverse();
  const repo = list.find((listed) => listed.repo === search.repo) ?? list[0];
  const ref = search.ref ?? repo?.shown;
  const head = repo?.branches.find(({ name }) => name === ref)?.hash;
  useTitle("Files");
  return (
    <>
      <div className="bar">
        <h1>Files</h1>
        <span className="grow" />
        {repo && repo.repo !== memoryRepository && head && <BranchStatus repo={repo.repo} hash={head} />}
        {repo && <Branches repo={repo} current={ref} />}
        {repo && ref && <DownloadButton repo={repo.repo} gitRef={ref} />}
        {repo && <CloneLink repo={repo.repo} />}
      </div>
      <Asleep text="files can't be read" />
      <div className={search.path ? "mem open" : "mem"}>
        <nav className="tree" aria-label="Projects and files">
          <ul>
            {list.map((listed) => (
              <li key={listed.repo}>
                <Link
                  to="/files"
                  search={{ repo: listed.repo }}
                  aria-current={listed === repo ? "true" : undefined}
                  aria-expanded={listed === repo}
                >
                  {listed === repo ? <FolderOpen className="i" aria-hidden="true" /> : <Folder className="i" aria-hidden="true" />}
                  <b className="med t">{listed.title}</b>
                </Link>
                {listed === repo && ref && <Tree repo={listed.repo} gitRef={ref} path={search.path} />}
              </li>
            ))}
          </ul>
          <State query={repos} empty={list.length === 0} title="Your projects" />
        </nav>
        <section className="doc" aria-label="File">
          {repo && ref && search.path ? (
            <FileView key={`${repo.repo} ${ref} ${search.path}`} repo={repo} gitRef={ref} path={search.path} />
          ) : repos.data && !repo ? (
            <NoProjects />
          ) : (
            <History repo={repo?.repo} />
          )}
        </section>
      </div>
    </>
  );
}

/** All of a repository's branches, however many and however long their names are. */
function Branches({ repo, current }: { repo: Repo; current: string | undefined }) {
  const navigate = useNavigate();
  // What became of a person's own change is seen on main.
  const branches = repo.branches.filter(({ name }) => name === current || !name.startsWith(editBranches));
  if (branches.length < 2) return null;
  const short = (name: string) => name.split("/").at(-1);
  const alike = (name: string) => branches.filter((branch) => short(branch.name) === short(name)).length > 1;
  return (
    <select
      className={`inp ${styles.branches}`}
      aria-label="Branch"
      value={current}
      onChange={(event) => void navigate({ to: "/files", search: { repo: repo.repo, ref: event.target.value } })}
    >
      {branches.map(({ name }) => (
        <option key={name} value={name}>
          {alike(name) ? name : short(name)}
        </option>
      ))}
    </select>
  );
}

function Tree({ repo, gitRef, path }: { repo: string; gitRef: string; path: string | undefined }) {
  const tree = useStackQuery("tree", { repo, ref: gitRef });
  const leaves = useMemo(() => nestFiles(tree.data?.entries ?? []), [tree.data]);
  return (
    <>
      <Leaves leaves={leaves} repo={repo} gitRef={gitRef} path={path} depth={1} />
      <State query={tree} empty={leaves.length === 0} title="This project" />
    </>
  );
}

function Leaves({
  leaves,
  repo,
  gitRef,
  path,
  depth,
}: {
  leaves: readonly Leaf[];
  repo: string;
  gitRef: string;
  path: string | undefined;
  depth: number;
}) {
  return (
    <ul>
      {leaves.map((leaf) =>
        leaf.children ? (
          <Branch key={leaf.path} leaf={leaf} repo={repo} gitRef={gitRef} path={path} depth={depth} />
        ) : (
          <li key={leaf.path}>
            <Link
              className={leaf.path === path ? "on" : ""}
              aria-current={leaf.path === path ? "page" : undefined}
              style={{ paddingLeft: 8 + depth * 14 }}
              to="/files"
              search={{ repo, ref: gitRef, path: leaf.path }}
            >
              <FileText className="i" aria-hidden="true" />
              <span className="t">{leaf.name}</span>
            </Link>
          </li>
        ),
      )}
    </ul>
  );
}

function Branch({ leaf, depth, path, ...where }: { leaf: Leaf; repo: string; gitRef: string; path: string | undefined; depth: number }) {
  const [chosen, choose] = useState<boolean>();
  const open = chosen ?? path?.startsWith(`${leaf.path}/`) ?? false;
  const children = leaf.children ?? [];
  return (
    <li>
      <span className="fx">
        <button type="button" aria-expanded={open} style={{ paddingLeft: 8 + depth * 14 }} onClick={() => choose(!open)}>
          {open ? <FolderOpen className="i" aria-hidden="true" /> : <Folder className="i" aria-hidden="true" />}
          <span className="t grow">{leaf.name}</span>
          <span className="s12 sub num">{children.length}</span>
        </button>
        {open && <DownloadButton repo={where.repo} gitRef={where.gitRef} folder={leaf.path} />}
      </span>
      {open && <Leaves leaves={children} path={path} depth={depth + 1} {...where} />}
    </li>
  );
}

function FileView({ repo: { repo, branches }, gitRef, path }: { repo: Repo; gitRef: string; path: string }) {
  // Only main is changed by hand: the branches of agents are theirs, and memory has an editor of its own.
  const base = gitRef === mainBranch && repo !== memoryRepository ? branches.find(({ name }) => name === mainBranch)?.hash : undefined;
  const [editing, setEditing] = useState(false);
  const [edited, setEdited] = useState<string>();
  const file = useStackQuery("file", { repo, ref: gitRef, path });
  const parts = path.split("/").map(shownPath);
  const plain = innerPath.safeParse(path).success;
  const text = file.data?.text;
  return (
    <>
      <div className="crumb">
        <Link to="/files" search={{ repo, ref: gitRef }} className="ib only-m" aria-label="Back to the files">
          <ArrowLeft className="i" aria-hidden="true" />
        </Link>
        <span className="t">
          <span className="sub">{parts.slice(0, -1).map((part) => `${part} / `)}</span>
          <b className="b">{parts.at(-1)}</b>
        </span>
        <span className="grow" />
        {file.data && <span className="sub s12 num nowrap">{file.data.bytes.toLocaleString("en")} bytes</span>}
        {plain && base !== undefined && typeof text === "string" && !file.data?.truncated && (
          <button type="button" className="ib xs" aria-label="Edit this file" aria-pressed={editing} onClick={() => setEditing(true)}>
            <Pencil className="i s14" aria-hidden="true" />
          </button>
        )}
        {file.data && plain && <DownloadButton repo={repo} gitRef={gitRef} path={path} />}
      </div>
      {!plain && (
        <p className="sub s13" style={{ padding: "8px 16px" }}>
          Its name holds characters that no file’s name should. Ask your agent to rename it; then it can be changed and downloaded here.
        </p>
      )}
      {edited !== undefined && !editing && <EditState taskId={edited} onDone={() => setEdited(undefined)} again={() => setEditing(true)} />}
      <State query={file} empty={!file.data} title="This file" />
      {file.data?.truncated && (
        <p className="sub s13" style={{ padding: "8px 16px" }}>
          Only its beginning is shown.
        </p>
      )}
      {text === null && (
        <p className="sub s13" style={{ padding: 16 }}>
          This is not text.
        </p>
      )}
      {typeof text === "string" &&
        (editing && base !== undefined ? (
          <FileEdit repo={repo} path={path} base={base} onLeave={() => setEditing(false)} onSaved={setEdited} />
        ) : path.endsWith(".md") ? (
          <div className="md">
            <Markdown text={text} level={2} />
          </div>
        ) : (
          <FileSource text={text} path={shownPath(path)} />
        ))}
    </>
  );
}

function FileSource({ text, path }: { text: string; path: string }) {
  const lines = text.replace(/\n$/, "").split("\n");
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: long lines scroll, so the keyboard must reach it
    <section className="src" tabIndex={0} aria-label={path}>
      <pre>
        {keyedByIndex(
          lines.map((line, index) => (
            <>
              <em>{index + 1}</em>
              {line}
            </>
          )),
          "span",
        )}
      </pre>
    </section>
  );
}

function NoProjects() {
  return (
    <div className="sec">
      <div className="empty s13">
        <b className="b">No projects yet</b>
        <p className="sub">Ask your agent to make something: “make me a page that says hello”. Its files stand here then.</p>
        <Link className="btn" style={{ marginTop: 10 }} to="/">
          To the conversation
        </Link>
      </div>
    </div>
  );
}

function History({ repo }: { repo: string | undefined }) {
  const changes = useActionQuery("changes", { ...(repo === undefined ? {} : { repo }), limit: 1 });
  const commits = changes.data?.commits ?? [];
  return (
    <div className="sec">
      <h2>Recent changes</h2>
      {commits.length > 0 ? (
        <Commits commits={commits} />
      ) : (
        <div className="empty s13">
          <b className="b">{changes.isPending ? "Reading" : changes.isError ? "The changes could not be read" : "No changes yet"}</b>
          <p className="sub">Choose a file on the left, or ask your agent to make something.</p>
        </div>
      )}
    </div>
  );
}

type Shown = { isPending: boolean; fetchStatus: string; isError: boolean; error: unknown; refetch: () => unknown };
/** Loading and failure, in place. */
function State({ query, empty, title }: { query: Shown; empty: boolean; title: string }) {
  if (query.isError)
    return (
      <p className="s13 c-bad" style={{ padding: 8 }} role="alert">
        {title} could not be read.{" "}
        {describeError(query.error).code === "timeout" ? "No answer in 10 s." : describeError(query.error).message}{" "}
        <button type="button" className="link" onClick={() => query.refetch()}>
          Retry
        </button>
      </p>
    );
  if (!query.isPending || !empty || query.fetchStatus === "idle") return null; // not asked while the stack is asleep
  return (
    <p className="fx s13 sub" style={{ padding: 8 }}>
      <Ring state="working" size={12} label="" /> Reading
    </p>
  );
}
