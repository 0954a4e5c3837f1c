/**
 * What is wrong with where a write asks to be answered; undefined where nothing is. In the text protocol of NATS what follows a
 * blank is the reply subject, so `PUB register.write.user.john smith 1` would write `user.john`, for ever. An inbox
 * always has two tokens or more.
 */
export function problemWithReplySubject(reply: string): string | undefined {
  if (reply === '' || reply.includes('.')) return undefined;
  return `The reply subject ${JSON.stringify(reply)} is one token, and so nobody's inbox: nothing was written. Most likely it is the end of a name with a blank in it, which NATS takes for a reply subject. Names have no blanks: encode them (base64url, hex). To write without an answer, give no reply subject.`;
}
