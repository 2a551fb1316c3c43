import { useQueryClient } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useRef, useState } from "react";
import { type AccessTokenView, accessTokenMade } from "../../../schema/account/access-token.ts";
import { removedOut } from "../../../schema/wire/removed.ts";
import { restCall } from "../live/api.ts";
import { failureText, useRest } from "../live/use-action.ts";
import { useTitle } from "../shell/page-title.ts";
import { afterPress } from "../ui/after-press.ts";
import { formatDate, formatDay, formatTime } from "../ui/format.ts";
import { Failed } from "../ui/load-failed.tsx";
import { ScrollPage } from "../ui/scroll-page.tsx";
import { Commands } from "../ui/terminal-commands.tsx";
import { AccessTokenForm, nameScopes } from "./access-token-form.tsx";
import { accessTokensKey, useAccessTokens } from "./access-token-list.ts";

/** Keys for programs that use the API. Each is shown once. */
export function AccessTokens() {
  const query = useAccessTokens({ fresh: true });
  const queries = useQueryClient();
  const make = useRest(accessTokenMade);
  const [isOpen, setOpen] = useState(false);
  const heading = useRef<HTMLHeadingElement>(null);
  useTitle("Access tokens");
  const close = () => {
    setOpen(false);
    heading.current?.focus();
  };
  const done = () => {
    close();
    void queries.invalidateQueries({ queryKey: accessTokensKey });
  };
  const open = () => {
    make.reset();
    setOpen(true);
  };
  const tokens = query.data?.accessTokens ?? [];
  const [live, ended] = [tokens.filter((token) => !hasEnded(token)), tokens.filter(hasEnded)];
  const gone = (token: AccessTokenView) => {
    if (make.data?.accessToken.id === token.id) make.reset();
    heading.current?.focus();
  };
  return (
    <>
      <div className="bar">
        <h1 ref={heading} tabIndex={-1}>
          Access tokens
        </h1>
        <span className="grow" />
        <button type="button" className="btn" onClick={open}>
          <Plus className="i s14" aria-hidden="true" /> New token
        </button>
      </div>
      <ScrollPage label="Access tokens">
        <div className="narrow col">
          {query.isError && <Failed error={query.error} retry={query.refetch} />}
          {isOpen && <AccessTokenForm make={make} onMade={done} onCancel={close} />}
          {make.data && !isOpen && (
            <div className="ptask" role="status">
              <p className="s13">
                <b className="b">This is the token.</b> It is shown this once: copy it now. A program sends it as{" "}
                <code>Authorization: Bearer</code>. It may {nameScopes(make.data.accessToken.scopes)} until{" "}
                {formatDate(make.data.accessToken.expiresAt)}, or until you revoke it.
              </p>
              <Commands text={make.data.token} label="Access token" copy="Copy the token" />
              <p className="s13">
                What can be asked stands at{" "}
                <a className="link" href="/reference">
                  the reference of the API
                </a>
                .
              </p>
            </div>
          )}
          <ul className="rules">
            {live.map((token) => (
              <LiveAccessToken key={token.id} token={token} gone={() => gone(token)} />
            ))}
          </ul>
          {live.length === 0 && !query.isError && !isOpen && (
            <div className="empty">
              <b className="b">{query.isPending ? "Reading" : "No access tokens"}</b>
              <p className="sub">With one a program of yours asks and has work done in your name, within what you let it.</p>
            </div>
          )}
          {ended.length > 0 && (
            <details className="fold s13">
              <summary>Ended in the last month ({ended.length})</summary>
              <ul className="rules">
                {ended.map((token) => (
                  <li key={token.id} className="wrap">
                    <div className="grow">
                      <b className="med rule-what">{token.name}</b>
                      <p className="s12 sub rule-what">
                        {token.revoked ? "Revoked" : "Ended"} {formatDate(token.expiresAt)}. It might {nameScopes(token.scopes)}.{" "}
                        {wordUse(token)}
                      </p>
                    </div>
                  </li>
                ))}
              </ul>
            </details>
          )}
        </div>
      </ScrollPage>
    </>
  );
}

const hasEnded = ({ revoked, expiresAt }: AccessTokenView) => revoked || expiresAt <= Date.now();
const wordUse = ({ lastUsedAt }: AccessTokenView) =>
  lastUsedAt === null ? "Never used." : `Last used ${formatDay(lastUsedAt)} ${formatTime(lastUsedAt)}.`;

function LiveAccessToken({ token, gone }: { token: AccessTokenView; gone: () => void }) {
  const [sure, setSure] = useState(false);
  const queries = useQueryClient();
  const remove = useRest(removedOut);
  const press = () => {
    if (remove.isPending) return;
    if (!sure) return setSure(true);
    const refresh = () => queries.invalidateQueries({ queryKey: accessTokensKey });
    const call = restCall("DELETE", "/account/tokens/{tokenId}", { params: { path: { tokenId: token.id } } });
    remove.mutate(call, { onSuccess: () => void refresh().then(gone), onError: () => void refresh() });
  };
  const verb = sure ? "Really revoke" : "Revoke";
  return (
    <li className="wrap">
      <div className="grow">
        <b className="med rule-what">{token.name}</b>
        <p className="s12 sub rule-what">
          May {nameScopes(token.scopes)}. Until {formatDate(token.expiresAt)}. {wordUse(token)}
        </p>
        {remove.isError && (
          <p className="s12 c-bad" role="alert">
            {failureText(remove.error)} It may still be used: revoke it again.
          </p>
        )}
      </div>
      <button
        type="button"
        className={sure ? "btn bad" : "btn"}
        aria-label={`${verb} ${token.name}`}
        aria-disabled={remove.isPending}
        onClick={press}
        onBlur={() => afterPress(() => setSure(false))}
      >
        {remove.isPending ? "Revoking" : verb}
      </button>
    </li>
  );
}
