import type { MemberId } from '../../protocol/ballot.ts';
import type { Credentials, Foreign, Hello, Refusal } from '../../protocol/membership.ts';

const NOTHING_LOST =
  'The other members go on without it, and nothing that was decided is lost while a majority of them keep their disks.';

/** Explains a refusal and what to do, for the log of the refused member, which stops on it. */
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
    case 'other-stores':
      return `Most members, ${by} among them, know the members by other stores than ${self} does: they are another cluster of the same name and members. Check --nats, --prefix and the directory. Nothing was written.`;
    case 'other-members':
      return `Most members, ${by} among them, were made with another list of members than ${self}: see --members of stele init, which must be the same everywhere. Nothing was written.`;
  }
}

/** Says that a refusal was passed over: it came from a process that is not the peer that this member knows by its name. */
export function describePassedOver(self: MemberId, { member, storeId }: Credentials, refusal: Refusal): string {
  return `A process that runs as ${member}, on store ${storeId}, refuses ${self} (${refusal}). It is not the ${member} that ${self} knows, so that was passed over: a process of another cluster runs on this NATS and prefix, or a new store was made for ${member}. Stop it, or give it another --prefix.`;
}

/** Why a member must not serve beside another process on its prefix. */
export type Clash = Foreign | 'second-process';

/** Explains a clash and what to do. */
export function describeClash(self: MemberId, { credentials, members }: Hello, clash: Clash): string {
  const { cluster, member, storeId } = credentials;
  const who = `member ${member} of cluster ${cluster} (members ${members.join(', ')}; store ${storeId})`;
  return `The prefix is taken: ${who} serves on it, and ${DIFFERENCES[clash](self)}. A prefix belongs to one cluster, because clients cannot tell which one answers. ${REMEDIES[clash]}`;
}

const DIFFERENCES: Readonly<Record<Clash, (self: MemberId) => string>> = {
  'other-cluster': (self) => `${self} belongs to a cluster of another name`,
  'other-members': (self) => `${self} was made with another list of members`,
  'other-stores': (self) => `it knows ${self} or another member by another store than ${self} does`,
  'second-process': (self) => `it is another process on a copy of ${self}'s own store`,
};
const APART = 'Give one of the clusters another --prefix or another NATS account, or stop it.';
const REMEDIES: Readonly<Record<Clash, string>> = {
  'other-cluster': APART,
  'other-members': APART,
  'other-stores': `Start each member on the directory that it voted with. If these are two clusters: ${APART}`,
  'second-process': 'Run each member once, on its newest directory, and stop the other process.',
};
