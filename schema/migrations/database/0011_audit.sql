CREATE TABLE `audit_anchor` (
	`member` text PRIMARY KEY NOT NULL,
	`asked_at` integer NOT NULL,
	FOREIGN KEY (`member`) REFERENCES `member`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `audit_pending` (
	`member` text NOT NULL,
	`key` text NOT NULL,
	`entry` text NOT NULL,
	`started_at` integer NOT NULL,
	`done` integer NOT NULL,
	PRIMARY KEY(`member`, `key`),
	FOREIGN KEY (`member`) REFERENCES `member`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `audit_pending_started` ON `audit_pending` (`started_at`);--> statement-breakpoint
CREATE TABLE `audit` (
	`member` text NOT NULL,
	`seq` integer NOT NULL,
	`key` text NOT NULL,
	`at` integer NOT NULL,
	`kind` text NOT NULL,
	`by` text NOT NULL,
	`request` text NOT NULL,
	`entry` text NOT NULL,
	`prev` text NOT NULL,
	`hash` text NOT NULL,
	PRIMARY KEY(`member`, `seq`),
	FOREIGN KEY (`member`) REFERENCES `member`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `audit_at` ON `audit` (`member`,`at`,`seq`);--> statement-breakpoint
CREATE INDEX `audit_kind` ON `audit` (`member`,`kind`,`at`,`seq`);--> statement-breakpoint
CREATE INDEX `audit_by` ON `audit` (`member`,`by`,`at`,`seq`);--> statement-breakpoint
CREATE INDEX `audit_kind_by` ON `audit` (`member`,`kind`,`by`,`at`,`seq`);--> statement-breakpoint
CREATE INDEX `audit_request` ON `audit` (`member`,`request`);--> statement-breakpoint
CREATE UNIQUE INDEX `audit_key` ON `audit` (`member`,`key`);