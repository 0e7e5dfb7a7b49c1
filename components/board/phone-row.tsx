"use client";
import Link from "next/link";
import { memo, useRef } from "react";
import { Glyph } from "#components/glass/glyph.tsx";
import { knownPart } from "#components/glass/known-part.tsx";
import { SessionCount } from "#components/glass/session-count.tsx";
import { type MaintenanceOf, useMaintenanceOf, useServerView } from "#components/live/hooks.ts";
import { useMaintenanceActions } from "#components/maintenance/actions.tsx";
import { maintenancePath } from "#components/maintenance/job-card.tsx";
import { GoingOutFacts } from "#components/maintenance/job-facts.tsx";
import { LostStates } from "#components/maintenance/lost-states.tsx";
import { useIsLost } from "#components/maintenance/permission.ts";
import { SetReadyButton, StopButton } from "#components/maintenance/request-buttons.tsx";
import { etaWords, lostMark, phaseMark } from "#components/maintenance/words.ts";
import { serverPath } from "#components/server-detail/server-path.ts";
import { Dialog } from "#components/ui/dialog.tsx";
import { type Category, categoryOf, isKnown } from "#lib/fleet/category.ts";
import { healthWords } from "#lib/fleet/health-words.ts";
import { countsAsLive } from "#lib/fleet/link.ts";
import type { ServerView } from "#lib/fleet/merge.ts";
import type { ServerId } from "#lib/haproxy/names.ts";
import { cutMiddle, plural } from "#lib/util/format.ts";
import { LastArrival, Since } from "./ages.tsx";
import { categoryWords } from "./category-words.ts";
import { Health } from "./health.tsx";
import { rampPercent } from "./ramp.ts";
import { ServerGlass } from "./server-glass.tsx";
import { spreadOf } from "./server-row.tsx";
import { StateControl } from "./state-control.tsx";

const NAME_CHARS = 22;

interface PhoneRowProps {
  server: ServerView;
  isCurrent: boolean;
  rowIndex: number;
  onOpen(server: ServerView): void;
}

export const PhoneRow = memo(function PhoneRow({ server, isCurrent, rowIndex, onOpen }: PhoneRowProps) {
  const category = categoryOf(server);
  return (
    // biome-ignore lint/a11y/useSemanticElements: rows of a virtual grid are placed, a <tr> cannot be
    // biome-ignore lint/a11y/useFocusableInteractive: the button inside takes the focus
    <div className="phone-row" role="row" aria-label={server.id} aria-rowindex={rowIndex} data-id={server.id}>
      {/* biome-ignore lint/a11y/useSemanticElements: see the row */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: see the row */}
      <div role="gridcell">
        <button
          type="button"
          className="phone-open"
          aria-label={`Open ${server.id}`}
          tabIndex={isCurrent ? 0 : -1}
          onClick={() => onOpen(server)}
        >
          <span className="phone-glass">
            <ServerGlass server={server} size="phone" />
          </span>
          <span className="phone-name">
            {cutMiddle(server.server, NAME_CHARS)}
            <PhoneState server={server} category={category} />
          </span>
          <SessionCount
            sessions={server.sessions}
            isComplete={server.isComplete}
            isUnknown={!isKnown(server)}
            className="phone-count"
          />
          <Glyph name="next" size={16} className="c-ink3" />
        </button>
      </div>
    </div>
  );
});

function PhoneState({ server, category }: { server: ServerView; category: Category }) {
  const job = useMaintenanceOf(server.id);
  const isLost = useIsLost();
  if (job !== null) return <PhoneJob server={server} job={job} isLost={isLost} />;
  const { glyph, word } = categoryWords[category];
  return (
    <span className={`phone-state c-${category}`}>
      <Glyph name={glyph} size={13} />
      {word}
      <em>
        {server.isBackup && "backup "}
        {category === "ramp" && `${rampPercent(server)}%`}
        {category === "drain" && server.isComplete && server.lastArrivalAt !== null && (
          <>
            last arrival <Since atSec={server.lastArrivalAt} /> ago
          </>
        )}
      </em>
    </span>
  );
}

function PhoneJob({ server, job, isLost }: { server: ServerView; job: MaintenanceOf; isLost: boolean }) {
  const mark = isLost ? lostMark(job.server) : phaseMark(job.server, server.isRamping ? rampPercent(server) : null);
  const eta = etaWords(job.server);
  return (
    <span className={`phone-state c-${mark.tone}`}>
      <Glyph name={mark.glyph} size={13} />
      {mark.word}
      <em>
        {job.server.phase === "draining" && !isLost && `${eta.text}${eta.strong}`}
        {job.server.phase === "maint" && job.server.yourTurnAt !== null && !isLost && (
          <Since atSec={Math.floor(job.server.yourTurnAt / 1_000)} isLong />
        )}
      </em>
    </span>
  );
}

interface PhoneSheetProps {
  id: ServerId;
  lb: string | null;
  blockedWhy(server: ServerView): string | null;
  onClose(): void;
}

/** One server, with the controls in the thumb's zone. */
export function PhoneSheet({ id, lb, blockedWhy, onClose }: PhoneSheetProps) {
  const server = useServerView(id);
  const close = useRef<HTMLButtonElement>(null);
  const job = useMaintenanceOf(id);
  const { start } = useMaintenanceActions();
  if (server === undefined) return null;
  const why = blockedWhy(server);
  return (
    <Dialog
      title={id}
      onClose={onClose}
      isSheet
      focusFirst={close}
      foot={
        <div className="sheet-foot">
          {why !== null && <p className="dialog-text">{why}</p>}
          {job === null ? (
            <button
              type="button"
              className="btn btn-primary btn-phone-lg"
              aria-label={`Maintain ${id}`}
              aria-disabled={why !== null || undefined}
              onClick={() => {
                if (why !== null) return;
                onClose();
                start([id]);
              }}
            >
              Maintain…
            </button>
          ) : (
            <PhoneJobActions job={job} />
          )}
          <StateControl
            id={id}
            adminState={server.adminState}
            spread={spreadOf(server)}
            lb={lb}
            blockedWhy={why}
            isReachable
            size="phone"
          />
          <div className="sheet-ends">
            <Link className="btn btn-phone" href={serverPath(id)} prefetch={false}>
              Sessions and history
            </Link>
            <button type="button" ref={close} className="btn btn-quiet btn-phone" onClick={onClose}>
              Close
            </button>
          </div>
        </div>
      }
    >
      <div className="sheet-lost">
        <LostStates server={id} />
      </div>
      {job !== null && <PhoneJobFacts server={server} job={job} />}
      <dl className="sheet-facts">
        {server.cells.map((cell) => (
          <div key={cell.lb}>
            <dt>{cell.lb}</dt>
            <dd>
              {countsAsLive(cell.link)
                ? `${cell.adminState}, ${plural(cell.row.scur + cell.row.oldScur, "session")}`
                : "does not answer"}
            </dd>
          </div>
        ))}
        <div>
          <dt>Last arrival</dt>
          <dd>
            {isKnown(server)
              ? knownPart("least", server.isComplete, <LastArrival atSec={server.lastArrivalAt} />)
              : "not known"}
          </dd>
        </div>
        <div>
          <dt>Health check</dt>
          <dd>
            <Health {...healthWords(server)} />
          </dd>
        </div>
      </dl>
    </Dialog>
  );
}

function PhoneJobFacts({ server, job }: { server: ServerView; job: MaintenanceOf }) {
  const isLost = useIsLost();
  const mark = isLost ? lostMark(job.server) : phaseMark(job.server, server.isRamping ? rampPercent(server) : null);
  return (
    <div className="sheet-job">
      <div className={`strip-word c-${mark.tone}`}>
        <Glyph name={mark.glyph} size={16} />
        {mark.word}
      </div>
      {!isLost && job.server.phase === "draining" ? (
        <dl className="strip-facts">
          <GoingOutFacts maintenance={job.maintenance} server={job.server} />
        </dl>
      ) : (
        <p className="strip-text">{mark.title}</p>
      )}
    </div>
  );
}

/** In the thumb's zone: what this phase asks for, then the ways out of it. */
function PhoneJobActions({ job }: { job: MaintenanceOf }) {
  const { maintenance, server } = job;
  return (
    <div className="sheet-job-actions">
      {server.phase === "maint" && server.yourTurnAt !== null && (
        <SetReadyButton maintenance={maintenance} server={server} className="btn-phone-lg" />
      )}
      {server.phase !== "returning" && (
        <StopButton maintenance={maintenance} server={server} className="btn-phone-lg" />
      )}
      <Link className="btn btn-phone" href={maintenancePath(maintenance.id)} prefetch={false}>
        Details
      </Link>
    </div>
  );
}
