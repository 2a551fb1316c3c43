import { Link } from "@tanstack/react-router";
import { GitBranch } from "lucide-react";

/** A link to a token for one repository and its clone command. */
export function CloneLink({ repo }: { repo: string }) {
  return (
    <Link className="btn" to="/git-token" search={{ repo }} aria-label={`Clone ${repo}`}>
      <GitBranch className="i s14" aria-hidden="true" /> <span className="only-d">Clone</span>
    </Link>
  );
}
