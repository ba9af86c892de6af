-- What a list of messages shows of the content. NULL: the caller left it to the service (or the message is older than these columns).
ALTER TABLE messages ADD COLUMN track_opens INTEGER CHECK (track_opens IN (0, 1));
ALTER TABLE messages ADD COLUMN track_links TEXT CHECK (
    track_links = 'none' OR track_links = 'html-and-text' OR track_links = 'html-only' OR track_links = 'text-only');
