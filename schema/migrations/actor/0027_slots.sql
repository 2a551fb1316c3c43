ALTER TABLE `grow_agent` ADD `place` integer;--> statement-breakpoint
ALTER TABLE `grow_agent` ADD `asleep` integer DEFAULT false NOT NULL;