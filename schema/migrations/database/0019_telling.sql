ALTER TABLE `stack` ADD `telling_until` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `stack_telling` ON `stack` (`telling_until`);