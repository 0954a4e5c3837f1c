import type { MemberId } from '../protocol/ballot.ts';
import type { Refusal } from '../protocol/membership.ts';

const NOTHING_LOST =
  'The other members go on without it, and nothing that was decided is lost while a majority of them keep their disks.';

/** What a refusal means, and what to do: for the log of the member that is refused, which stops on it. */
export function describeRefusal(self: MemberId, by: MemberId, refusal: Refusal): string {
  switch (refusal) {
    case 'lost-disk':
      return `Member ${by} remembers ${self} with another store: this directory is not the one that ${self} voted with. If its disk was replaced or wiped, or this is the wrong directory, start it on the old one: a member that forgot its votes could undo a decision. ${NOTHING_LOST}`;
    case 'old-copy':
      return `Member ${by} has seen this store of ${self} further on: either the directory is an old copy (a restored backup), or a later process runs as ${self}. Start ${self} on its newest directory, and only once. ${NOTHING_LOST}`;
    case 'second-process':
      return `Member ${by} has met another process that ran as ${self} from the same start of this store: either two processes run on copies of one directory, or this one is an old copy. Run ${self} once, on its newest directory. ${NOTHING_LOST}`;
    case 'other-cluster':
      return `Most members, ${by} among them, belong to a cluster of another name than ${self}'s. Check --nats, --prefix and the --cluster that its store was made with. Nothing was written.`;
    case 'not-a-member':
      return `Most members, ${by} among them, do not have ${self} in their membership. The members of a cluster are fixed when its stores are made: see --members of stele init. Nothing was written.`;
    case 'other-members':
      return `Most members, ${by} among them, were made with another list of members than ${self}: see --members of stele init, which must be the same everywhere. Nothing was written.`;
  }
}
