CREATE TABLE `secret` (
	`member` text NOT NULL,
	`name` text NOT NULL,
	`origin` text NOT NULL,
	`sealed` text NOT NULL,
	`updated_at` integer NOT NULL,
	PRIMARY KEY(`member`, `name`),
	FOREIGN KEY (`member`) REFERENCES `member`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
ALTER TABLE `sub_agent` ADD `model` text DEFAULT 'standard' NOT NULL;--> statement-breakpoint
ALTER TABLE `usage` ADD `alias` text DEFAULT 'standard' NOT NULL;