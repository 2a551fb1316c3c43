import type { ReactNode } from "react";
import type { ReleaseMade, ReleaseView } from "../../../schema/release/release.ts";
import { CopyButton } from "../ui/copy-button.tsx";

/** What a release was made of, as machines compare it. */
export function ReleaseMadeOf({ commit, made }: { commit: ReleaseView["commit"]; made: ReleaseMade }) {
  const { snapshot, environment, secrets } = made;
  return (
    <details className="fold s13">
      <summary>Details</summary>
      <dl className="kv num">
        <Hash name="Commit" text={commit} />
        {snapshot ? <Hash name="Packages" text={snapshot} /> : <Row name="Packages">It needs none.</Row>}
        {environment ? <Hash name="Environment file" text={environment} /> : <Row name="Environment file">It has none.</Row>}
        {secrets && <Row name="Secrets">{describeGiven(secrets)}</Row>}
      </dl>
    </details>
  );
}
/** Names and versions alone: what they are is shown nowhere. */
function describeGiven(secrets: NonNullable<ReleaseMade["secrets"]>): string {
  const names = Object.entries(secrets).map(([name, version]) => `${name} (value ${version})`);
  return names.length === 0 ? "It was given none." : names.join(", ");
}
function Row({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd className="fx">{children}</dd>
    </>
  );
}
const Hash = ({ name, text }: { name: string; text: string }) => (
  <Row name={name}>
    <code>{text.slice(0, 12)}</code>
    <CopyButton text={text} label={`Copy the hash of: ${name}`} />
  </Row>
);
