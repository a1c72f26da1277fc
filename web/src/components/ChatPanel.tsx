import { SendHorizontal } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import type { KeyboardEvent } from 'react';
import { app } from '../core/app';
import type { ChatMessage } from '../core/protocol';
import { textField } from '../hooks/text-field';
import { useCall } from '../hooks/use-app';
import { IconButton } from './IconButton';
import { Linkified } from './Linkified';
import css from './Panel.module.css';
import { SidePanel } from './SidePanel';

const NO_MESSAGES: readonly ChatMessage[] = [];
const MAX_CHARACTERS = 4000;
const timeFormat = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });

const timeOf = (sentAt: string): string => {
  const date = new Date(sentAt);
  return Number.isNaN(date.getTime()) ? '' : timeFormat.format(date);
};

function Message({ message, isOwn }: { message: ChatMessage; isOwn: boolean }) {
  return (
    <li className={css['message']} data-own={isOwn} data-testid="chat-message">
      <p className={css['meta']}>
        <span className={css['author']}>{isOwn ? 'You' : message.name}</span>
        <time className={css['time']} dateTime={message.sent_at}>
          {timeOf(message.sent_at)}
        </time>
      </p>
      <p className={css['text']}>
        <Linkified text={message.text} />
      </p>
    </li>
  );
}

function Compose() {
  const [text, setText] = useState('');
  const ref = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    ref.current?.focus();
  }, []);
  const send = async (): Promise<void> => {
    const wanted = text.trim();
    if (wanted === '') return;
    setText('');
    const sent = await app().call?.sendChat(wanted);
    // Not lost: it is back in the field, unless something new was begun.
    if (!sent) setText((now) => (now === '' ? wanted : now));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    void send();
  };
  return (
    <div className={css['compose']}>
      <textarea
        ref={ref}
        className={css['input']}
        rows={1}
        aria-label="Message"
        placeholder="Message to everyone"
        maxLength={MAX_CHARACTERS}
        {...textField(text, setText)}
        onKeyDown={onKeyDown}
        data-testid="chat-input"
      />
      <IconButton label="Send" disabled={text.trim() === ''} onClick={() => void send()} data-testid="chat-send">
        <SendHorizontal size={20} aria-hidden />
      </IconButton>
    </div>
  );
}

export function ChatPanel() {
  const messages = useCall((call) => call.chat, NO_MESSAGES);
  const selfId = useCall((call) => call.selfId, '');
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // In braces: some browsers give a promise, which React would take for a clean-up.
    end.current?.scrollIntoView({ block: 'end' });
  }, [messages.length]);
  return (
    <SidePanel title="Chat" testId="chat-panel">
      <div className={css['body']}>
        {messages.length === 0 ? <p className={css['empty']}>No messages yet. What is written here, everyone in the room can read.</p> : null}
        <ol className={css['messages']} aria-label="Messages">
          {messages.map((message) => (
            <Message key={message.message_id} message={message} isOwn={message.participant_id === selfId} />
          ))}
        </ol>
        <div ref={end} />
      </div>
      <Compose />
    </SidePanel>
  );
}
