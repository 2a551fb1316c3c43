DROP INDEX `event_turn`;--> statement-breakpoint
CREATE INDEX `event_kind` ON `event` (`kind`,`seq`);--> statement-breakpoint
CREATE INDEX `event_channel` ON `event` (`channel`,`seq`);--> statement-breakpoint
CREATE INDEX `event_turn` ON `event` (`turn_id`,`kind`);