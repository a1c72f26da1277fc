import { Check, Link } from 'lucide-react';
import { invitationLink } from '../core/room-link';
import { addToast, store } from '../core/store';
import { useCopy } from '../hooks/use-copy';
import { Button } from './Button';
import { IconButton } from './IconButton';

interface CopyLinkButtonProps {
  roomId: string;
  look: 'text' | 'icon' | 'primary';
}

export function CopyLinkButton({ roomId, look }: CopyLinkButtonProps) {
  const { copied, copy } = useCopy();
  const link = invitationLink(roomId);
  const onClick = async (): Promise<void> => {
    // Browsers keep the clipboard from insecure pages: then the link is shown for copying by hand.
    const done = await copy(link);
    if (done) store.setState({ announcement: 'Invitation link copied' });
    else addToast(store, link);
  };
  const Icon = copied ? Check : Link;
  if (look === 'icon') {
    return (
      <IconButton label={copied ? 'Copied' : 'Copy invitation link'} onClick={() => void onClick()} data-testid="copy-link">
        <Icon size={20} aria-hidden />
      </IconButton>
    );
  }
  return (
    <Button
      look={look === 'primary' ? 'primary' : 'plain'}
      onClick={() => void onClick()}
      data-testid="copy-link"
    >
      <Icon size={18} aria-hidden />
      {copied ? 'Copied' : 'Copy link'}
    </Button>
  );
}
