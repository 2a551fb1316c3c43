import { Plus } from "lucide-react";
import { useRef, useState } from "react";
import { type ModelProvider, type ProviderKeyView, providerKeyView, providerTitles } from "../../../schema/provider/provider-key.ts";
import { AppError } from "../../../schema/wire/error.ts";
import { failureText, useRest } from "../live/use-action.ts";
import { OperatorsOnly } from "../machine/machines.tsx";
import { KeptSecretRow } from "../secret/secret-parts.tsx";
import { useTitle } from "../shell/page-title.ts";
import { formatDay, formatTime } from "../ui/format.ts";
import { Failed } from "../ui/load-failed.tsx";
import { Ring, type RingState } from "../ui/ring.tsx";
import { ScrollPage } from "../ui/scroll-page.tsx";
import { ModelChoices } from "./model-choices.tsx";
import { type KeyScope, testCall, useProviderKeyChange, useProviderKeys, useProviderKeysChanged } from "./provider.ts";
import { ProviderKeyForm } from "./provider-key-form.tsx";
import { Sealing } from "./sealing.tsx";

/** The person's keys of models' providers, and by which key and model each kind of their agents works. */
export function OwnKeys() {
  useTitle("Models and keys");
  return <KeysPage scope="own" />;
}
/** The platform's keys, for operators. */
export function PlatformKeys() {
  useTitle("Platform's keys");
  return <KeysPage scope="platform" />;
}

const pageWords = {
  own: {
    title: "Models and keys",
    none: "With a key of your own, what its models cost is between you and the provider. Without one the platform's models answer.",
  },
  platform: { title: "Platform's keys", none: "The models of these keys are offered to members, as far as their plans allow." },
} as const;
function KeysPage({ scope }: { scope: KeyScope }) {
  const query = useProviderKeys(scope);
  const [draft, setDraft] = useState<ModelProvider>();
  const heading = useRef<HTMLHeadingElement>(null);
  const { title, none } = pageWords[scope];
  const keys = query.data?.keys ?? [];
  const denied = query.error instanceof AppError && query.error.code === "forbidden";
  const done = () => {
    setDraft(undefined);
    heading.current?.focus();
  };
  return (
    <>
      <div className="bar">
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {scope === "platform" && <span className="chip">Operators only</span>}
        <span className="grow" />
        {!denied && (
          <button type="button" className="btn" onClick={() => setDraft("openai")}>
            <Plus className="i s14" aria-hidden="true" /> New key
          </button>
        )}
      </div>
      <ScrollPage label={title}>
        <div className="narrow col">
          {denied && <OperatorsOnly />}
          {query.isError && !denied && <Failed error={query.error} retry={query.refetch} />}
          {draft && <ProviderKeyForm key={draft} scope={scope} draft={draft} kept={keys} onClose={done} />}
          {query.isPending && <p className="sub s13">Reading</p>}
          {keys.length === 0 && query.data && !draft && (
            <div className="empty">
              <b className="b">No keys yet</b>
              <p className="sub">{none}</p>
            </div>
          )}
          <ul className="rules" aria-label="Keys">
            {keys.map((key) => (
              <KeptKey key={key.provider} scope={scope} kept={key} replace={() => setDraft(key.provider)} />
            ))}
          </ul>
          {scope === "own" && <ModelChoices />}
          {scope === "platform" && query.data && <Sealing />}
        </div>
      </ScrollPage>
    </>
  );
}

const stateRings: Readonly<Record<ProviderKeyView["state"], RingState>> = { works: "done", refused: "failed", unreached: "waiting" };
function KeptKey({ scope, kept, replace }: { scope: KeyScope; kept: ProviderKeyView; replace: () => void }) {
  const remove = useProviderKeyChange(scope);
  const test = useRest(providerKeyView);
  const changed = useProviderKeysChanged(scope);
  const { provider, ending, detail, state, testedAt, baseUrl, from } = kept;
  const name = providerTitles[provider];
  const about = `Ends in ${ending}${baseUrl ? `, for ${baseUrl}` : ""}. `;
  if (from === "settings")
    return (
      <li className="wrap">
        <Ring state="done" label="" />
        <div className="grow">
          <code className="rule-what">{name}</code>
          <p className="s12 sub">{about}It is in the platform's settings; another one that is kept here takes its place.</p>
        </div>
      </li>
    );
  const again = () => test.isPending || test.mutate(testCall(scope, provider), { onSettled: changed });
  return (
    <>
      <KeptSecretRow
        name={name}
        about={
          <>
            {about}
            <Ring state={stateRings[state]} label="" /> {detail} Tested {formatDay(testedAt)} {formatTime(testedAt)}.{" "}
            <button type="button" className="btn xs" aria-label={`Test ${name} again`} aria-disabled={test.isPending} onClick={again}>
              {test.isPending ? "Testing" : "Test again"}
            </button>
            {test.isError && (
              <span className="c-bad" role="alert">
                {" "}
                {failureText(test.error)}
              </span>
            )}
          </>
        }
        warning={
          scope === "own"
            ? "Agents that work by it go on by the platform's models."
            : "Members' agents that work by it go on by the other models."
        }
        remove={remove}
        forget={() => remove.put(provider, null)}
        replace={replace}
      />
    </>
  );
}
