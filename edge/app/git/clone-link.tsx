import { Link } from "@tanstack/react-router";
import { Download } from "lucide-react";

/** To a token for one repository and the command that clones with it. */
export function CloneLink({ repo }: { repo: string }) {
  return (
    <Link className="btn" to="/git-token" search={{ repo }} aria-label={`Clone ${repo}`}>
      <Download className="i s14" aria-hidden="true" /> <span className="only-d">Clone</span>
    </Link>
  );
}
