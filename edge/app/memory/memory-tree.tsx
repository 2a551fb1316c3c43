import { Link } from "@tanstack/react-router";
import { FileText, Folder, FolderOpen } from "lucide-react";
import { useMemo, useState } from "react";
import { type Leaf, nestFiles } from "../git/file-tree.ts";
import { Ring } from "../ui/ring.tsx";

type MemoryTreeEntry = { path: string; type: "file" | "directory" };
type Shared = { path: string | undefined; waiting: ReadonlySet<string> };

export function MemoryTree({
  entries,
  path,
  waiting,
}: {
  entries: readonly MemoryTreeEntry[];
  path: string | undefined;
  waiting: readonly { path: string }[];
}) {
  const leaves = useMemo(() => nestFiles(entries), [entries]);
  const marked = useMemo(() => new Set(waiting.map((proposal) => proposal.path)), [waiting]);
  return <Leaves leaves={leaves} depth={0} path={path} waiting={marked} />;
}

function Leaves({ leaves, depth, ...shared }: Shared & { leaves: readonly Leaf[]; depth: number }) {
  const [all, setAll] = useState(false);
  const shown = all ? leaves : leaves.slice(0, 200);
  return (
    <ul>
      {shown.map((leaf) => (
        <li key={leaf.path}>
          {leaf.children ? (
            <TreeBranch leaf={leaf} depth={depth} {...shared} />
          ) : (
            <Link
              className={leaf.path === shared.path ? "on" : ""}
              aria-current={leaf.path === shared.path ? "page" : undefined}
              style={{ paddingLeft: 8 + depth * 14 }}
              to="/memories"
              search={{ path: leaf.path }}
            >
              <FileText className="i" aria-hidden="true" />
              <span className="t grow">{leaf.name}</span>
              {shared.waiting.has(leaf.path) && <Ring state="waiting" size={12} label="A change is proposed" />}
            </Link>
          )}
        </li>
      ))}
      {leaves.length > shown.length && (
        <li>
          <button type="button" style={{ paddingLeft: 8 + depth * 14 }} onClick={() => setAll(true)}>
            <span className="link">Show {leaves.length - shown.length} more</span>
          </button>
        </li>
      )}
    </ul>
  );
}

function TreeBranch({ leaf, depth, ...shared }: Shared & { leaf: Leaf; depth: number }) {
  const [chosen, choose] = useState<boolean>();
  const inside = shared.path?.startsWith(`${leaf.path}/`) ?? false;
  const open = chosen ?? inside;
  const children = leaf.children ?? [];
  return (
    <>
      <button type="button" aria-expanded={open} style={{ paddingLeft: 8 + depth * 14 }} onClick={() => choose(!open)}>
        {open ? <FolderOpen className="i" aria-hidden="true" /> : <Folder className="i" aria-hidden="true" />}
        <span className="t grow">{leaf.name}</span>
        <span className="s12 sub num">{children.length}</span>
      </button>
      {open && <Leaves leaves={children} depth={depth + 1} {...shared} />}
    </>
  );
}
